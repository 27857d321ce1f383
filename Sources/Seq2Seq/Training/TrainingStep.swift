import Distributed

/// One step of training, over the ranks of a grid.
struct TrainingStep {
  let replica: Replica
  var optimizer: any Optimizer
  let clipNorm: Double
  private let place: GridPlace
  private let gradients: SharedGradients

  /// - Parameters:
  ///   - network: this rank's part of the model.
  ///   - parameters: of this rank.
  ///   - optimizer: told which of the parameters it updates.
  ///   - clipNorm: the largest norm of the whole gradient.
  ///   - place: this rank's; all ranks of the run take part.
  init(
    _ network: EncoderDecoder, parameters: Parameters,
    optimizer: (Ownership) -> any Optimizer, clipNorm: Double, at place: GridPlace
  ) throws {
    self.clipNorm = clipNorm
    self.place = place
    gradients = try SharedGradients(network, at: place)
    replica = Replica(network, parameters: parameters, gradients: gradients, at: place)
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
  mutating func run(_ batch: WholeBatch, learningRate: Double) throws -> Result {
    let part = try replica.forward(batch)  // receives, computes, passes on
    try replica.backward()  // hands gradients over as they become complete
    try gradients.sum()  // over the replicas, before clipping
    let result = try total(loss: part)  // the norm over every parameter, each counted once
    guard result.norm.isFinite, result.loss.isFinite else { throw Self.diverged }
    optimizer.update(  // what this rank owns of the parameters that its node shares
      replica.parameters, replica.gradients, clippedTo: clipNorm, norm: result.norm,
      learningRate: learningRate)
    try gradients.publish()
    return result
  }

  /// Loss and norm of the whole model from those of the ranks' parts.
  private func total(loss: Double) throws -> Result {
    var totals = [loss, gradients.sumOfSquares]
    try place.timeline.record(.waiting, "loss and norm") {
      try place.world.allReduce(&totals)
    }
    return Result(loss: totals[0], norm: totals[1].squareRoot())
  }

  private static let diverged = InputError(
    "the training has diverged: the gradient is not finite; try a lower training.learningRate",
    kind: .stopped, isShared: true)
}
