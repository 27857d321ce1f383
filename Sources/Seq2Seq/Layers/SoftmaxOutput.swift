/// The output layer: a linear map to the vocabulary, softmax, and cross-entropy.
///
/// The loss and its gradients are computed together, a block of rows at a time, so that the logits
/// of a batch never exist all at once.
struct SoftmaxOutput: Sendable {
  /// `[V, H]`.
  let weight: ParameterSlice
  /// `[V]`.
  let bias: ParameterSlice

  /// Symbols, V.
  var vocabularySize: Int { weight.rows }

  /// Adds the output layer to a layout.
  init(
    _ name: String, vocabularySize: Int, inputSize: Int, to layout: inout ParameterLayout
  ) {
    weight = layout.addMatrix("\(name).weight", rows: vocabularySize, columns: inputSize)
    bias = layout.addVector("\(name).bias", count: vocabularySize)
  }

  /// Memory kept from batch to batch.
  final class Cache {
    fileprivate let logits = FloatStorage()
    /// −log p of each target, `[N]`.
    fileprivate(set) var losses: [Float] = []
    /// −Σ log p.
    var loss: Double { losses.reduce(0) { $0 + Double($1) } }
  }

  /// The logits of some rows: `[N, H]` to `[N, V]`.
  func logits(_ input: Matrix, into logits: Matrix, parameters: Parameters) {
    let bias = parameters.pointer(bias)
    for row in 0..<logits.rows { logits.row(row).update(from: bias, count: logits.columns) }
    multiply(
      input, parameters.matrix(weight).transposed, into: logits, accumulate: true)
  }

  /// −log p of the targets, `[N]`, into `cache.losses`, without gradients.
  func forward(_ input: Matrix, targets: [Int32], parameters: Parameters, cache: Cache) {
    forEachBlock(of: input, targets: targets, parameters: parameters, cache: cache) { _, _ in }
  }

  /// −log p of the targets into `cache.losses`, with the gradients of `scale · Σ loss`.
  ///
  /// - Parameters:
  ///   - input: `[N, H]`.
  ///   - targets: `[N]`.
  ///   - scale: what the sum of the losses is multiplied by.
  ///   - inputGradient: `[N, H]`, assigned.
  ///   - parameters: of the model.
  ///   - gradients: those of weight and bias are added here.
  ///   - cache: receives the losses.
  func forwardAndBackward(
    _ input: Matrix, targets: [Int32], scale: Float, inputGradient: Matrix,
    parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    let weight = parameters.matrix(weight)
    let weightGradient = gradients.matrix(self.weight)
    let biasGradient = gradients.pointer(bias)
    forEachBlock(of: input, targets: targets, parameters: parameters, cache: cache) {
      rows, probabilities in
      // ∂/∂logit = p − [the target's]
      for (row, position) in rows.enumerated() {
        let p = probabilities.row(row)
        p[Int(targets[position])] -= 1
        for column in 0..<probabilities.columns { p[column] *= scale }
      }
      multiply(probabilities, weight, into: inputGradient[rows: rows])
      multiply(
        probabilities.transposed, input[rows: rows], into: weightGradient,
        accumulate: true)
      addColumnSums(of: probabilities, into: biasGradient)
    }
  }

  /// Calls `body` for each block of rows with its probabilities, after noting its losses.
  private func forEachBlock(
    of input: Matrix, targets: [Int32], parameters: Parameters, cache: Cache,
    _ body: (_ rows: Range<Int>, _ probabilities: Matrix) -> Void
  ) {
    cache.losses.removeAll(keepingCapacity: true)
    // Blocks of some 16 MB, but enough rows for the products to run at full speed.
    let blockRows = max(128, min(1024, 4_194_304 / vocabularySize))
    var start = 0
    while start < input.rows {
      let rows = start..<min(start + blockRows, input.rows)
      let block = cache.logits.matrix(rows: rows.count, columns: vocabularySize)
      logits(input[rows: rows], into: block, parameters: parameters)
      for (row, position) in rows.enumerated() {
        let target = block.row(row)[Int(targets[position])]
        let logarithm = softmax(block.row(row), count: vocabularySize)
        cache.losses.append(logarithm - target)
      }
      body(rows, block)
      start = rows.upperBound
    }
  }
}
