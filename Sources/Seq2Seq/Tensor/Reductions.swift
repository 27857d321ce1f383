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
  _ logits: UnsafeMutablePointer<Float>, plus bias: UnsafePointer<Float>, count: Int
) -> (largest: Float, sum: Float) {
  for index in 0..<count { logits[index] += bias[index] }
  let maximum = largest(logits, count: count)
  var lanes = Vector(repeating: 0)
  var index = 0
  while index + 8 <= count {
    let e = exponential(load(logits + index) - maximum)
    store(e, logits + index)
    lanes += e
    index += 8
  }
  var sum = lanes.sum()
  if index < count {
    let e = exponential(load(logits + index, count: count - index) - maximum)
    store(e, logits + index, count: count - index)
    for lane in 0..<count - index { sum += e[lane] }
  }
  return (maximum, sum)
}

/// The natural logarithm of the sum of the exponentials of `count` logits, which stay as they are.
func logSumExp(_ logits: UnsafePointer<Float>, count: Int) -> Float {
  let maximum = largest(logits, count: count)
  var lanes = Vector(repeating: 0)
  var index = 0
  while index + 8 <= count {
    lanes += exponential(load(logits + index) - maximum)
    index += 8
  }
  var sum = lanes.sum()
  if index < count {
    let e = exponential(load(logits + index, count: count - index) - maximum)
    for lane in 0..<count - index { sum += e[lane] }
  }
  return maximum + log(sum)
}

private func largest(_ values: UnsafePointer<Float>, count: Int) -> Float {
  var lanes = Vector(repeating: -.infinity)
  var index = 0
  while index + 8 <= count {
    let vector = load(values + index)
    lanes = lanes.replacing(with: vector, where: vector .> lanes)
    index += 8
  }
  var maximum = lanes.max()
  while index < count {
    maximum = max(maximum, values[index])
    index += 1
  }
  return maximum
}
