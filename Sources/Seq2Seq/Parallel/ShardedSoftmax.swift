import Distributed

/// Tensor parallelism of the output layer (Megatron's vocabulary-parallel cross-entropy), over the whole
/// run: every rank computes a slice of the softmax for the hidden states of all replicas, so
/// that the output layer's gradient is never exchanged.
final class ShardedSoftmax: SoftmaxWork {
  private let output: SoftmaxOutput
  private let world: Communicator
  /// The ranks of the replicas' last stages.
  private let lastStages: [Int]
  private let slices: SliceGroup
  private let cache = SoftmaxOutput.Cache()
  private let hiddenStorage = FloatStorage()
  private let partialStorage = FloatStorage()

  init(
    _ output: SoftmaxOutput, world: Communicator, lastStages: [Int], timeline: Timeline
  ) {
    self.output = output
    self.world = world
    self.lastStages = lastStages
    slices = SliceGroup(world, timeline: timeline)
    cache.combine = slices.combine
  }

  func lossAndGradients(
    _ batch: Minibatch, top: TopRows?, parameters: Parameters, gradients: Gradients?
  ) throws -> Double {
    let timeline = slices.timeline
    cache.begin()
    for (replica, owner) in lastStages.enumerated() {
      let targets = batch.local(toReplica: replica).targetOutput
      guard !targets.isEmpty else { continue }
      let states = hiddenStorage.matrix(rows: targets.count, columns: output.inputSize)
      let partial = partialStorage.matrix(rows: targets.count, columns: output.inputSize)
      if world.rank == owner, let top { states.copy(from: top.values) }
      try timeline.record(.waiting, "hidden of replica \(replica)") {
        try states.withMutableSpan { try world.broadcast(&$0, from: owner) }
      }
      timeline.computes("softmax of replica \(replica)")
      try output.lossAndGradients(
        states, targets: targets[...],
        into: gradients.map {
          .init(scale: batch.lossScale, inputGradient: partial, gradients: $0)
        }, parameters: parameters, cache: cache)
      guard gradients != nil else { continue }
      let count = partial.rows * partial.columns
      let shards = (0..<world.size).map { $0 == owner ? 0..<count : 0..<0 }
      try timeline.record(.waiting, "softmax gradient of replica \(replica)") {
        try partial.withMutableSpan { try world.reduceScatter(&$0, shards: shards) }
      }
      if world.rank == owner, let top { top.gradient.copy(from: partial) }
    }
    return slices.isFirst ? cache.loss : 0
  }
}
