import Foundation

/// The output layer: a linear map to the vocabulary, softmax, and cross-entropy; or the slice of it
/// that one of several ranks owns.
///
/// The loss and its gradients are computed together, a block of rows at a time, so that the logits
/// of a batch never exist all at once. Over slices s of the vocabulary, with the largest logit m_s
/// and z_s = Σ exp(logit − m_s) of each: M = max m_s, Z = Σ z_s exp(m_s − M), and
/// −log p(target) = M + log Z − logit(target). What slices tell one another is three numbers a row.
struct SoftmaxOutput: Sendable {
  /// Of one row and one slice: the largest logit, the sum of the exponentials of the logits less
  /// that, and the target's logit, 0 where another slice has it.
  static let statisticsSize = 3

  /// `[V, H]`; of a slice its rows.
  let weight: ParameterSlice
  /// `[V]`; of a slice its elements.
  let bias: ParameterSlice
  /// The symbols of the slice.
  let slice: Range<Int>
  /// Rows taken at a time, the same for all slices.
  private let blockRows: Int

  /// Symbols of the slice.
  var vocabularySize: Int { weight.rows }

  /// Adds the output layer, or a slice of it, to a layout.
  ///
  /// - Parameters:
  ///   - name: the layer's name.
  ///   - slice: the symbols that this one has.
  ///   - largestSlice: symbols of the largest slice there is.
  ///   - inputSize: H.
  ///   - layout: receives the parameters.
  init(
    _ name: String, slice: Range<Int>, largestSlice: Int, inputSize: Int,
    to layout: inout ParameterLayout
  ) {
    self.slice = slice
    // Blocks of some 16 MB, but enough rows for the products to run at full speed.
    blockRows = max(128, min(1024, 4_194_304 / max(1, largestSlice)))
    weight = layout.addMatrix("\(name).weight", rows: slice, columns: inputSize)
    bias = layout.addVector("\(name).bias", elements: slice)
  }

  /// Memory kept from batch to batch.
  final class Cache {
    fileprivate let logits = FloatStorage()
    fileprivate let statistics = FloatStorage()
    /// −log p of each target, `[N]`, of the rows since `begin()`.
    fileprivate(set) var losses: [Float] = []
    /// −Σ log p.
    var loss: Double { losses.reduce(0) { $0 + Double($1) } }

    /// Forgets the losses of the batch before.
    func begin() { losses.removeAll(keepingCapacity: true) }
  }

  /// Gives every slice's statistics, slice by slice, `[slices · rows, 3]`, for those of this slice.
  typealias Combine = (_ own: Matrix) throws -> Matrix

  /// The logits of some rows: `[N, H]` to `[N, V]`.
  func logits(_ input: Matrix, into logits: Matrix, parameters: Parameters) {
    let bias = parameters.pointer(bias)
    for row in 0..<logits.rows { logits.row(row).update(from: bias, count: logits.columns) }
    multiply(input, parameters.matrix(weight).transposed, into: logits, accumulate: true)
  }

  /// What the gradients of `scale · Σ loss` are written to.
  struct GradientTarget {
    /// What the sum of the losses is multiplied by.
    let scale: Float
    /// `[N, H]`, assigned: of a slice its part of the sum.
    let inputGradient: Matrix
    /// Those of weight and bias are added here.
    let gradients: Gradients
  }

  /// Appends −log p of the targets, `[N]`, to `cache.losses`, and computes the gradients if there
  /// is where to write them.
  func run(
    _ input: Matrix, targets: ArraySlice<Int32>, into target: GradientTarget?,
    parameters: Parameters, cache: Cache, combine: Combine = { $0 }
  ) throws {
    var start = 0
    while start < input.rows {
      let rows = start..<min(start + blockRows, input.rows)
      let block = cache.logits.matrix(rows: rows.count, columns: vocabularySize)
      logits(input[rows: rows], into: block, parameters: parameters)
      let first = targets.startIndex + start
      let blockTargets = targets[first..<first + rows.count]
      let own = statistics(block, targets: blockTargets, cache: cache)
      finish(block, own: own, all: try combine(own), cache: cache)
      if let target {
        addGradients(
          probabilities: block, targets: blockTargets, rows: rows, input: input, to: target,
          parameters: parameters)
      }
      start = rows.upperBound
    }
  }

  /// Replaces logits by exp(logit − m) and returns their statistics, `[rows, 3]`.
  private func statistics(_ logits: Matrix, targets: ArraySlice<Int32>, cache: Cache) -> Matrix {
    let statistics = cache.statistics.matrix(rows: logits.rows, columns: Self.statisticsSize)
    for (row, target) in targets.enumerated() {
      let isOwn = slice.contains(Int(target))
      statistics[row, 2] = isOwn ? logits[row, Int(target) - slice.lowerBound] : 0
      (statistics[row, 0], statistics[row, 1]) = exponentials(
        logits.row(row), count: logits.columns)
    }
    return statistics
  }

  /// Scales exponentials to probabilities, and appends the losses.
  private func finish(_ exponentials: Matrix, own: Matrix, all: Matrix, cache: Cache) {
    let rows = exponentials.rows
    let slices = rows == 0 ? 0 : all.rows / rows
    for row in 0..<rows {
      var largest = -Float.infinity
      for slice in 0..<slices { largest = max(largest, all[slice * rows + row, 0]) }
      var (sum, target): (Float, Float) = (0, 0)
      for slice in 0..<slices {
        let place = slice * rows + row
        sum += all[place, 1] * exp(all[place, 0] - largest)
        target += all[place, 2]
      }
      cache.losses.append(largest + log(sum) - target)
      let scale = exp(own[row, 0] - largest) / sum
      let values = exponentials.row(row)
      for column in 0..<exponentials.columns { values[column] *= scale }
    }
  }

  /// ∂/∂logit = p − [the target's]; and from it the gradients of input, weight and bias.
  private func addGradients(
    probabilities: Matrix, targets: ArraySlice<Int32>, rows: Range<Int>, input: Matrix,
    to target: GradientTarget, parameters: Parameters
  ) {
    for (row, symbol) in targets.enumerated() {
      let p = probabilities.row(row)
      if slice.contains(Int(symbol)) { p[Int(symbol) - slice.lowerBound] -= 1 }
      for column in 0..<probabilities.columns { p[column] *= target.scale }
    }
    multiply(probabilities, parameters.matrix(weight), into: target.inputGradient[rows: rows])
    multiply(
      probabilities.transposed, input[rows: rows], into: target.gradients.matrix(weight),
      accumulate: true)
    addColumnSums(of: probabilities, into: target.gradients.pointer(bias))
  }
}
