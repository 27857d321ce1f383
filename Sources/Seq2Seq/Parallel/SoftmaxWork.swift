/// The output layer as one rank takes part in it.
protocol SoftmaxWork {
  /// Computes −Σ log p of this step's targets, and in training the gradients.
  ///
  /// - Parameters:
  ///   - batch: the minibatch.
  ///   - top: what the output layer reads, `[N, H]`, and where its gradient goes; nil but on a last stage.
  ///   - parameters: of this rank.
  ///   - gradients: those of this rank, or nil to compute none.
  /// - Returns: the losses that this rank counts: of all ranks together, each once.
  func lossAndGradients(
    _ batch: Minibatch, top: TopRows?, parameters: Parameters, gradients: Gradients?
  ) throws -> Double
}

/// The last stage computes the whole softmax of its replica.
struct LocalSoftmax: SoftmaxWork {
  let output: SoftmaxOutput
  let replica: Int
  let cache = SoftmaxOutput.Cache()

  func lossAndGradients(
    _ batch: Minibatch, top: TopRows?, parameters: Parameters, gradients: Gradients?
  ) throws -> Double {
    guard let top else { preconditionFailure("runs on a last stage") }
    cache.begin()
    try output.lossAndGradients(
      top.values, targets: batch.local(toReplica: replica).targetOutput[...],
      into: gradients.map {
        .init(scale: batch.lossScale, inputGradient: top.gradient, gradients: $0)
      }, parameters: parameters, cache: cache)
    return cache.loss
  }
}

/// Other ranks compute the softmax.
struct NoSoftmax: SoftmaxWork {
  func lossAndGradients(
    _ batch: Minibatch, top: TopRows?, parameters: Parameters, gradients: Gradients?
  ) -> Double { 0 }
}
