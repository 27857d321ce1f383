/// What a rank takes of memory to train, counted before it takes any.
///
/// Parameters, gradients and moments are counted exactly, what a minibatch leaves for the backward
/// pass by the largest one of an epoch.
struct MemoryNeed {
  /// Bytes of the parameters that the ranks of a node share, in one copy.
  let parameters: Double
  /// Bytes of this rank's own.
  let own: Double

  /// - Parameters:
  ///   - model: this rank's part of the model.
  ///   - optimizer: how it is updated.
  ///   - batch: the largest local batch.
  init(_ model: any Model, optimizer: Configuration.Training.Optimizer, batch: BatchExtent) {
    let layout = model.layout
    var numbers = Double(layout.local.count) + Double(layout.denseCount)
    // Adam's two moments; of what is shared another rank may own some.
    if optimizer == .adam { numbers += 2 * Double(layout.count) }
    // Storages grow by a quarter more than is asked for.
    numbers += 1.25 * model.activationCount(of: batch)
    numbers += model.packedWeightCount
    own = 4 * numbers
    parameters = 4 * Double(layout.replicatedCount)
  }
}
