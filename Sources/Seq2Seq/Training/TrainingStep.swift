import Distributed

/// One step of training, over the ranks of a grid.
final class TrainingStep {
  let worker: Worker
  private var optimizer: any Optimizer
  private let clipNorm: Double
  private let context: RankContext
  private let gradients: GradientReduction

  /// - Parameters:
  ///   - model: this rank's part of the model.
  ///   - parameters: of this rank.
  ///   - optimizer: told which of the parameters it updates.
  ///   - clipNorm: the largest norm of the whole gradient.
  ///   - dropout: what is dropped of inputs in a step.
  ///   - context: this rank's; all ranks of the run take part.
  init(
    _ model: any Model, parameters: Parameters,
    optimizer: (Ownership) -> any Optimizer, clipNorm: Double,
    dropout: @escaping (Int) -> Dropout? = { _ in nil }, in context: RankContext
  ) throws {
    self.clipNorm = clipNorm
    self.context = context
    gradients = try GradientReduction(model, in: context)
    worker = Worker(
      model, parameters: parameters, reduction: gradients, dropout: dropout, in: context)
    self.optimizer = optimizer(gradients.ownership)
  }

  /// What a step found.
  struct Result {
    /// −Σ log p over the whole minibatch.
    let loss: Double
    /// ‖g‖₂ of the whole minibatch and model, before clipping.
    let norm: Double
  }

  /// Trains on a minibatch, of which every rank is given the same sentences.
  ///
  /// - Throws: `InputError` if the gradient is not finite; the parameters are as they were.
  func run(_ batch: Minibatch, learningRate: Double) throws -> Result {
    let loss = try worker.forward(batch)  // and back through the softmax
    try worker.backward()  // says gradientsReady, bucket by bucket
    try gradients.sum()  // over the replicas, before clipping
    let result = try total(loss: loss)  // the norm over every parameter, each counted once
    guard result.norm.isFinite, result.loss.isFinite else { throw Self.diverged }
    optimizer.update(  // what this rank owns of the parameters that its node shares
      worker.parameters, worker.gradients, clippedTo: clipNorm, norm: result.norm,
      learningRate: learningRate)
    try gradients.publish()
    return result
  }

  /// Loss and norm of the whole model from what the ranks count.
  private func total(loss: Double) throws -> Result {
    var totals = [loss, gradients.sumOfSquares()]
    try context.timeline.record(.waiting, "loss and norm") {
      try context.world.allReduce(&totals)
    }
    return Result(loss: totals[0], norm: totals[1].squareRoot())
  }

  private static let diverged = InputError(
    "the training has diverged: the gradient is not finite; try a lower training.learningRate",
    kind: .stopped, isCollective: true)
}
