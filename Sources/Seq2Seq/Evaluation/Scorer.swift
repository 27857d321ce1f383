/// Computes how probable models find given translations, or, without a source, given lines.
public final class Scorer {
  private let models: Ensemble
  private let passes: ScoringPasses
  private let batchSize: Int
  private let ignoresUnknown: Bool

  /// A scorer that takes `batchSize` sentences at a time.
  ///
  /// - Parameter ignoringUnknown: whether `<unk>` as a target counts in nothing.
  public init(_ models: Ensemble, batchSize: Int = 32, ignoringUnknown: Bool = false) {
    self.models = models
    self.batchSize = batchSize
    ignoresUnknown = ignoringUnknown
    passes = ScoringPasses(models)
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
    try models.checkSource(source)
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
          EnsemblePair(
            source: models.source(of: $0[0]), target: models.leader.encodeTarget($0[1]))
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
  func score(_ pairs: [EnsemblePair]) throws -> [Score] {
    var scores = pairs.map {
      score(0, source: WordCounts(models.leaderSource($0.source)), target: WordCounts($0.target))
    }
    let order = pairs.indices.sorted {
      (pairs[$0].target.count, pairs[$0].source.count, $0)
        < (pairs[$1].target.count, pairs[$1].source.count, $1)
    }
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let indices = order[start..<min(start + batchSize, order.count)]
      let sums = try passes.logProbabilities(
        indices.map { pairs[$0] }, ignoringUnknown: ignoresUnknown)
      for (index, sum) in zip(indices, sums) {
        guard sum.isFinite else { throw models.computesNoNumber }
        scores[index].logProbability = sum
      }
    }
    return scores
  }

  /// Scores pairs of one model, in order.
  func score(_ pairs: [SentencePair]) throws -> [Score] {
    try score(pairs.map { EnsemblePair(source: EnsembleSource([$0.source]), target: $0.target) })
  }
}
