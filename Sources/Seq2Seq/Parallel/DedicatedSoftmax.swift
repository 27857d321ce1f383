import Distributed

/// A rank that computes a slice of the softmax and nothing else: a chunk's softmax starts when the
/// chunk arrives.
final class DedicatedSoftmax: SoftmaxWork {
  /// Where the hidden states come from, and their gradients go.
  struct LastStage {
    /// Messages within the replica.
    let transfers: Transfers
    /// The last stage's rank in the replica.
    let rank: Int
    /// Time steps that are passed on together.
    let chunkSteps: Int
  }

  private let output: SoftmaxOutput
  private let replica: Int
  private let lastStage: LastStage
  private let slices: SliceGroup
  private let cache = SoftmaxOutput.Cache()
  private let hidden = FloatStorage()
  private let partial = FloatStorage()

  init(_ output: SoftmaxOutput, replica: Int, lastStage: LastStage, slices: SliceGroup) {
    self.output = output
    self.replica = replica
    self.lastStage = lastStage
    self.slices = slices
    cache.combine = slices.combine
  }

  func lossAndGradients(
    _ batch: Minibatch, top _: TopRows?, parameters: Parameters, gradients: Gradients?
  ) throws -> Double {
    let local = batch.local(toReplica: replica)
    let (packing, timeline) = (local.targetInput.packing, slices.timeline)
    let hidden = hidden.matrix(rows: packing.rowCount, columns: output.inputSize)
    let partial = partial.matrix(rows: packing.rowCount, columns: output.inputSize)
    let chunks = PipelineLinks.chunks(of: packing, steps: lastStage.chunkSteps).map(packing.rows)
    let messages = try chunks.map {
      try lastStage.transfers.receive(
        into: hidden[rows: $0].memory, from: lastStage.rank,
        tag: PipelineLinks.Tag.output(.decoder))
    }
    cache.begin()
    for (chunk, (rows, message)) in zip(chunks, messages).enumerated() {
      try timeline.record(.waiting, "hidden \(chunk)") {
        try lastStage.transfers.wait(for: message)
      }
      timeline.computes("softmax \(chunk)")
      try output.lossAndGradients(
        hidden[rows: rows], targets: local.targetOutput[rows],
        into: gradients.map {
          .init(scale: batch.lossScale, inputGradient: partial[rows: rows], gradients: $0)
        }, parameters: parameters, cache: cache)
      if gradients != nil {
        try timeline.record(.sending, "softmax gradient \(chunk)") {
          try lastStage.transfers.send(
            partial[rows: rows].constantMemory, to: lastStage.rank,
            tag: PipelineLinks.Tag.softmaxGradient)
        }
      }
    }
    return slices.isFirst ? cache.loss : 0
  }
}
