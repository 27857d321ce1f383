/// Computes how probable a model finds given translations, or, without a source, given lines.
public final class Scorer {
  private let model: TrainedModel
  private let run: any ModelRun
  private let outputCache = SoftmaxOutput.Cache()
  private let batchSize: Int
  private let ignoresUnknown: Bool

  /// A scorer that takes `batchSize` sentences at a time.
  ///
  /// - Parameter ignoringUnknown: whether `<unk>` as a target counts in nothing.
  public init(_ model: TrainedModel, batchSize: Int = 32, ignoringUnknown: Bool = false) {
    self.model = model
    self.batchSize = batchSize
    ignoresUnknown = ignoringUnknown
    run = model.network.makeRun()
  }

  /// What a translation scores.
  public struct Score: Sendable, Equatable {
    /// log p(target, `<eos>` | source), of the symbols that count.
    public var logProbability: Double
    /// Target symbols that count, with `<eos>`.
    public var symbols: Int
    /// Source words, and those that the model does not know.
    public var source: WordCounts
    /// Target words, and those that the model does not know.
    public var target: WordCounts
  }

  /// Scores the pairs of two files of lines, or the lines of one, in order, and hands each score to `body`
  /// where the lines are.
  ///
  /// - Throws: `InputError` naming file and line.
  public func score(
    source: String?, target: String, over work: some LineWork, _ body: (Score) throws -> Void
  ) throws {
    try model.checkSource(source)
    let text = work.hasLines ? try ParallelText(source: source, target: target) : nil
    try score(text, over: work, body)
  }

  /// Scores the pairs of a text, which is nil but where the lines are.
  func score(
    _ text: ParallelText?, over work: some LineWork, _ body: (Score) throws -> Void
  ) throws {
    try work.forEachWindow(of: text) { items in
      try self.score(
        items.map {
          SentencePair(
            source: model.encodeSource($0[0]), target: model.encodeTarget($0[1]))
        }
      ).map { ["\($0.logProbability)"] + $0.source.fields + $0.target.fields }
    } results: { results, _ in
      for result in results {
        try body(
          score(
            Double(result[0]) ?? .nan, source: WordCounts(fields: result[1...2]),
            target: WordCounts(fields: result[3...4])))
      }
    }
  }

  private func score(_ logProbability: Double, source: WordCounts, target: WordCounts) -> Score {
    Score(
      logProbability: logProbability,
      symbols: target.words + 1 - (ignoresUnknown ? target.unknown : 0), source: source,
      target: target)
  }

  /// Scores pairs, in order.
  func score(_ pairs: [SentencePair]) throws -> [Score] {
    var scores = pairs.map {
      score(0, source: WordCounts($0.source), target: WordCounts($0.target))
    }
    let order = pairs.indices.sorted {
      (pairs[$0].target.count, pairs[$0].source.count, $0)
        < (pairs[$1].target.count, pairs[$1].source.count, $1)
    }
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let indices = order[start..<min(start + batchSize, order.count)]
      let sums = try logProbabilities(indices.map { pairs[$0] })
      for (index, sum) in zip(indices, sums) {
        guard sum.isFinite else { throw model.computesNoNumber }
        scores[index].logProbability = sum
      }
    }
    return scores
  }

  /// log p of the targets of one batch, in order.
  private func logProbabilities(_ pairs: [SentencePair]) throws -> [Double] {
    let batch = LocalBatch(
      pairs, reverseSource: model.configuration.data.reverseSource,
      ignoringUnknown: ignoresUnknown)
    let top = try run.forward(batch, in: PassContext(parameters: model.parameters))
    guard let top else { preconditionFailure("a whole model has its top") }
    outputCache.begin()
    try model.output.lossAndGradients(
      top.values, targets: batch.targetOutput[...], into: nil,
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
