import Distributed

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

/// A rank that computes a slice of the softmax and nothing else: a chunk's softmax starts when the
/// chunk arrives.
final class DedicatedSoftmax: SoftmaxWork {
  private let output: SoftmaxOutput
  private let replica: Int
  private let lastStage: Int
  private let chunkSteps: Int
  private let transfers: Transfers
  private let slices: SliceGroup
  private let cache = SoftmaxOutput.Cache()
  private let hidden = FloatStorage()
  private let partial = FloatStorage()
  private let hiddenSize: Int
  private let timeline: Timeline

  init(
    _ output: SoftmaxOutput, replica: Int, lastStage: Int, chunkSteps: Int, hiddenSize: Int,
    transfers: Transfers, slices: SliceGroup, timeline: Timeline
  ) {
    self.timeline = timeline
    self.output = output
    self.replica = replica
    self.lastStage = lastStage
    self.chunkSteps = chunkSteps
    self.hiddenSize = hiddenSize
    self.transfers = transfers
    self.slices = slices
  }

  func lossAndGradients(
    _ batch: Minibatch, top _: TopRows?, parameters: Parameters, gradients: Gradients?
  ) throws -> Double {
    let local = batch.local(toReplica: replica)
    let packing = local.targetInput.packing
    let hidden = hidden.matrix(rows: packing.rowCount, columns: hiddenSize)
    let partial = partial.matrix(rows: packing.rowCount, columns: hiddenSize)
    let chunks = PipelineLinks.chunks(of: packing, steps: chunkSteps).map(packing.rows)
    let messages = try chunks.map {
      try transfers.receive(
        into: hidden[rows: $0].memory, from: lastStage,
        tag: PipelineLinks.Tag.output(.decoder))
    }
    cache.begin()
    for (chunk, (rows, message)) in zip(chunks, messages).enumerated() {
      try timeline.record(.waiting, "hidden \(chunk)") { try transfers.wait(for: message) }
      timeline.computes("softmax \(chunk)")
      try output.lossAndGradients(
        hidden[rows: rows], targets: local.targetOutput[rows],
        into: gradients.map {
          .init(scale: batch.lossScale, inputGradient: partial[rows: rows], gradients: $0)
        }, parameters: parameters, cache: cache, combine: slices.combine)
      if gradients != nil {
        try timeline.record(.sending, "softmax gradient \(chunk)") {
          try transfers.send(
            partial[rows: rows].constantMemory, to: lastStage,
            tag: PipelineLinks.Tag.softmaxGradient)
        }
      }
    }
    return slices.isFirst ? cache.loss : 0
  }
}

/// Every rank of the run computes a slice of the softmax for the hidden states of all replicas, so
/// that the output layer's gradient is never exchanged.
final class ShardedSoftmax: SoftmaxWork {
  private let output: SoftmaxOutput
  private let world: Communicator
  /// The ranks of the replicas' last stages.
  private let lastStages: [Int]
  private let hiddenSize: Int
  private let slices: SliceGroup
  private let timeline: Timeline
  private let cache = SoftmaxOutput.Cache()
  private let hiddenStorage = FloatStorage()
  private let partialStorage = FloatStorage()

  init(
    _ output: SoftmaxOutput, world: Communicator, lastStages: [Int], hiddenSize: Int,
    timeline: Timeline
  ) {
    self.timeline = timeline
    self.output = output
    self.world = world
    self.lastStages = lastStages
    self.hiddenSize = hiddenSize
    slices = SliceGroup(world, timeline: timeline)
  }

  func lossAndGradients(
    _ batch: Minibatch, top: TopRows?, parameters: Parameters, gradients: Gradients?
  ) throws -> Double {
    cache.begin()
    for (replica, owner) in lastStages.enumerated() {
      let targets = batch.local(toReplica: replica).targetOutput
      guard !targets.isEmpty else { continue }
      let states = hiddenStorage.matrix(rows: targets.count, columns: hiddenSize)
      let partial = partialStorage.matrix(rows: targets.count, columns: hiddenSize)
      if world.rank == owner, let top { states.copy(from: top.values) }
      try timeline.record(.waiting, "hidden of replica \(replica)") {
        try states.withMutableSpan { try world.broadcast(&$0, from: owner) }
      }
      timeline.computes("softmax of replica \(replica)")
      try output.lossAndGradients(
        states, targets: targets[...],
        into: gradients.map {
          .init(scale: batch.lossScale, inputGradient: partial, gradients: $0)
        }, parameters: parameters, cache: cache, combine: slices.combine)
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

/// The ranks that own the slices of one softmax.
final class SliceGroup {
  private let communicator: Communicator
  private let timeline: Timeline
  private let storage = FloatStorage()

  init(_ communicator: Communicator, timeline: Timeline) {
    self.communicator = communicator
    self.timeline = timeline
  }

  /// Whether this rank has the first slice.
  var isFirst: Bool { communicator.rank == 0 }

  /// All slices' statistics, `[slices · rows, 3]`, from those of each.
  func combine(_ own: Matrix) throws -> Matrix {
    let all = storage.matrix(rows: communicator.size * own.rows, columns: own.columns)
    all[rows: communicator.rank * own.rows..<(communicator.rank + 1) * own.rows].copy(from: own)
    let count = own.rows * own.columns
    let shards = (0..<communicator.size).map { $0 * count..<($0 + 1) * count }
    try timeline.record(.waiting, "statistics of the slices") {
      try all.withMutableSpan { try communicator.allGather(&$0, shards: shards) }
    }
    return all
  }
}
