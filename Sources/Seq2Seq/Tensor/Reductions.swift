import Foundation

// Sums over many numbers, in an order that depends on nothing but their count.

/// The sum of squares, added up in Double: float32 would lose the small ones among millions.
func sumOfSquares(_ values: UnsafePointer<Float>, count: Int) -> Double {
  var total = 0.0
  var index = 0
  while index < count {
    // Blocks short enough for float32 lanes, joined in Double.
    let end = min(index + 1024, count)
    var lanes = Vector(repeating: 0)
    while index + 8 <= end {
      let vector = load(values + index)
      lanes += vector * vector
      index += 8
    }
    var rest: Float = 0
    while index < end {
      rest += values[index] * values[index]
      index += 1
    }
    for lane in 0..<8 { total += Double(lanes[lane]) }
    total += Double(rest)
  }
  return total
}

/// Adds a bias to logits and replaces them by their exponentials, divided by that of the largest one.
///
/// - Returns: the largest logit with its bias, and the sum of what is there now.
func exponentials(
  _ logits: UnsafeMutablePointer<Float>, plus bias: UnsafePointer<Float>, count: Int,
  kernel: Kernel = .best
) -> (largest: Float, sum: Float) {
  var (largest, sum): (Float, Float) = (0, 0)
  kernel.functions.exponentials(count, logits, bias, logits, &largest, &sum)
  return (largest, sum)
}

/// Replaces scores by the softmax of their products with `scale`.
func softmax(_ scores: UnsafeMutablePointer<Float>, times scale: Float, count: Int) {
  var (largest, sum): (Float, Float) = (0, 0)
  for index in 0..<count { scores[index] *= scale }
  Kernel.best.functions.exponentials(count, scores, nil, scores, &largest, &sum)
  for index in 0..<count { scores[index] /= sum }
}

/// From the gradient of weights, which are a softmax of `scale` times some scores, to that of the scores.
func softmaxGradient(
  _ gradient: UnsafeMutablePointer<Float>, of weights: UnsafePointer<Float>, times scale: Float,
  count: Int
) {
  var mean: Float = 0
  for index in 0..<count { mean += weights[index] * gradient[index] }
  for index in 0..<count { gradient[index] = scale * weights[index] * (gradient[index] - mean) }
}

/// The natural logarithm of the sum of the exponentials of `count` logits, which stay as they are.
func logSumExp(_ logits: UnsafePointer<Float>, count: Int) -> Float {
  var (largest, sum): (Float, Float) = (0, 0)
  Kernel.best.functions.exponentials(count, logits, nil, nil, &largest, &sum)
  return largest + log(sum)
}

/// Multiplies some numbers by a factor, and adds them to `sums` as well.
func scale(
  _ values: UnsafeMutablePointer<Float>, by factor: Float,
  addingTo sums: UnsafeMutablePointer<Float>, count: Int
) {
  var index = 0
  while index + 8 <= count {
    let scaled = load(values + index) * factor
    store(scaled, values + index)
    store(load(sums + index) + scaled, sums + index)
    index += 8
  }
  while index < count {
    values[index] *= factor
    sums[index] += values[index]
    index += 1
  }
}

/// `result += ` the sum of the rows of `matrix`; `result` has its columns.
func addColumnSums(of matrix: Matrix, into result: UnsafeMutablePointer<Float>) {
  for row in 0..<matrix.rows {
    let source = matrix.row(row)
    for column in 0..<matrix.columns { result[column] += source[column] }
  }
}

/// Replaces numbers that are not negative by their natural logarithms; what is less than the least normal
/// number counts as that.
func logarithms(
  _ values: UnsafeMutablePointer<Float>, count: Int, kernel: Kernel = .best
) {
  kernel.functions.logarithms(count, values)
}

/// Where the largest of the numbers above a threshold are, largest first; of equal ones that which comes
/// first.
func indicesOfLargest(
  _ wanted: Int, of values: UnsafePointer<Float>, count: Int,
  above threshold: Float = -.infinity, kernel: Kernel = .best
) -> [Int32] {
  var best: [Int32] = []
  guard wanted > 0 else { return best }
  best.reserveCapacity(wanted + 1)
  var (threshold, start) = (threshold, 0)
  while true {
    let index = kernel.functions.first_above(start, count, values, threshold)
    guard index < count else { return best }
    let value = values[index]
    var position = best.count
    while position > 0, values[Int(best[position - 1])] < value { position -= 1 }
    best.insert(Int32(index), at: position)
    if best.count > wanted { best.removeLast() }
    if best.count == wanted { threshold = values[Int(best[wanted - 1])] }
    start = index + 1
  }
}
