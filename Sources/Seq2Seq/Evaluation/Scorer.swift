/// Computes how probable a model finds given translations.
public final class Scorer {
  private let model: TrainedModel
  private let cache: EncoderDecoder.Cache
  private let outputCache = SoftmaxOutput.Cache()
  private let batchSize: Int

  /// A scorer that takes `batchSize` sentences at a time.
  public init(_ model: TrainedModel, batchSize: Int = 64) {
    self.model = model
    self.batchSize = batchSize
    cache = EncoderDecoder.Cache(for: model.network)
  }

  /// What a translation scores.
  public struct Score: Sendable, Equatable {
    /// log p(target, `<eos>` | source).
    public var logProbability: Double
    /// Target symbols with `<eos>`.
    public var symbols: Int
  }

  /// Scores the pairs of two files of lines, in order, handing each score to `body`.
  ///
  /// - Throws: `InputError` naming file and line.
  public func score(source: String, target: String, _ body: (Score) -> Void) throws {
    let text = try ParallelText(source: source, target: target)
    var pending: [SentencePair] = []
    // Sorted within a window, so that batches have sentences of about one length.
    let window = 16 * batchSize
    try text.forEachPair { sourceLine, targetLine in
      pending.append(
        SentencePair(
          source: model.encodeSource(sourceLine), target: model.encodeTarget(targetLine)))
      if pending.count == window {
        try score(pending).forEach(body)
        pending.removeAll(keepingCapacity: true)
      }
    }
    try score(pending).forEach(body)
  }

  /// Scores pairs, in order.
  func score(_ pairs: [SentencePair]) throws -> [Score] {
    var scores = pairs.map { Score(logProbability: 0, symbols: $0.target.count + 1) }
    let order = pairs.indices.sorted {
      (pairs[$0].target.count, pairs[$0].source.count, $0)
        < (pairs[$1].target.count, pairs[$1].source.count, $1)
    }
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let indices = order[start..<min(start + batchSize, order.count)]
      let sums = try logProbabilities(indices.map { pairs[$0] })
      for (index, sum) in zip(indices, sums) { scores[index].logProbability = sum }
    }
    return scores
  }

  /// log p of the targets of one batch, in order.
  private func logProbabilities(_ pairs: [SentencePair]) throws -> [Double] {
    let batch = Minibatch(pairs, reverseSource: model.configuration.data.reverseSource)
    try model.network.forward(
      batch, parameters: model.parameters, cache: cache, neighbours: NoNeighbours(),
      isTraining: false)
    outputCache.begin()
    try model.output.run(
      cache.lstm.decoder.output, targets: batch.targetOutput[...], into: nil,
      parameters: model.parameters, cache: outputCache)
    let packing = batch.targetInput.packing
    var sums = [Double](repeating: 0, count: pairs.count)
    for step in 0..<packing.stepCount {
      for sequence in 0..<packing.activeCount(step) {
        sums[batch.targetInput.order[sequence]] -=
          Double(outputCache.losses[packing.offset(step) + sequence])
      }
    }
    return sums
  }
}
