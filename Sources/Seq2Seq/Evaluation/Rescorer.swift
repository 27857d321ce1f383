/// Adds what models say to n-best lists of another system (Sutskever et al. 2014, section 3.3).
public final class Rescorer {
  private let models: [Ensemble]
  private let scorers: [PrefixScorer]

  /// - Parameter models: each scores by itself, in its own vocabularies; language models read no source.
  public init(_ models: [Ensemble]) {
    self.models = models
    scorers = models.map { PrefixScorer($0) }
  }

  /// What each hypothesis scores: its list's own total, and the models' log-probabilities.
  var scoreCount: Int { 1 + models.count }

  /// What the pieces of the models' texts are.
  public var subwords: Subwords { models[0].configuration.data.subwords }

  /// What is rescored.
  public struct Files: Sendable {
    /// Sentences; line n has the id n − 1.
    public var source: String
    /// Translations in Moses' format.
    public var nBest: String
    /// What the sentences should become, line for line, if that is asked for.
    public var reference: String?

    /// Some files.
    public init(source: String, nBest: String, reference: String? = nil) {
      (self.source, self.nBest, self.reference) = (source, nBest, reference)
    }
  }

  /// A source line with its hypotheses.
  public struct Line: Sendable {
    /// What the line should become; empty where no reference was asked for.
    public var reference: String
    /// The hypotheses in the file's order; there may be none.
    public var entries: [NBestEntry]
    /// Of each hypothesis, the list's own total and each model's log p(text, `<eos>` | source).
    public var scores: [[Double]]
  }

  /// What was rescored.
  public struct Summary: Sendable, Equatable {
    /// Source lines.
    public var lines = 0
    /// Source lines without a hypothesis.
    public var missing = 0
    /// Hypotheses of all lines.
    public var hypotheses = 0
    /// What the user should know, one sentence each.
    public var warnings: [String] = []
  }

  /// Scores the hypotheses of n-best lists, some lines at a time, and hands each source line to `body` in order,
  /// where the lines are.
  ///
  /// - Returns: where the lines are, what there was.
  /// - Throws: `InputError` naming file and line, or the model that computes no number.
  @discardableResult
  public func score(
    _ files: Files, over work: some LineWork, _ body: (Line) throws -> Void
  ) throws -> Summary {
    guard work.hasLines else {
      while try work.map([], score).count > 0 {}
      return Summary()
    }
    var (summary, words) = (Summary(), models.map { _ in Words() })
    var pending: [RescoringText.Line] = []
    var bytes = 0
    func flush() throws {
      let results = try work.map(pending.map(\.item), score).results
      for (line, result) in zip(pending, results) {
        summary.lines += 1
        summary.missing += line.entries.isEmpty ? 1 : 0
        summary.hypotheses += line.entries.count
        try body(self.line(line, result, words: &words))
      }
      (pending, bytes) = ([], 0)
    }
    var text = try RescoringText(files)
    try text.forEachLine { line in
      pending.append(line)
      bytes += line.item.reduce(0) { $0 + $1.utf8.count }
      if pending.count == work.window || bytes > work.window * Self.bytesOfLine { try flush() }
    }
    if !pending.isEmpty { try flush() }
    _ = try work.map([], score)
    summary.warnings = warnings(words, files)
    return summary
  }

  /// Bytes of a source line's hypotheses, on average, from which on fewer lines than usual are worked on at a
  /// time.
  private static let bytesOfLine = 1 << 16

  /// The results of some lines: by model, a score of each hypothesis, and its words.
  private func score(_ items: [[String]]) throws -> [[String]] {
    var results = items.map { _ in [String]() }
    for (model, scorer) in zip(models, scorers) {
      let lists = items.map { item in
        PrefixScorer.List(
          source: model.source(of: item[0]),
          targets: item.dropFirst().map(model.leader.encodeTarget))
      }
      let scores = try scorer.logProbabilities(lists)
      for (index, (list, scores)) in zip(lists, scores).enumerated() {
        var words = Words()
        words.source += WordCounts(model.leaderSource(list.source))
        for target in list.targets { words.target += WordCounts(target) }
        results[index] += scores.map { "\($0)" } + words.source.fields + words.target.fields
      }
    }
    return results
  }

  /// Words of the source and of all hypotheses, and those of them that a model does not know.
  private struct Words {
    var source = WordCounts()
    var target = WordCounts()
  }

  private func line(
    _ line: RescoringText.Line, _ result: [String], words: inout [Words]
  ) -> Line {
    let count = line.entries.count
    var scores = line.entries.map { [$0.total] }
    var rest = result[...]
    for model in models.indices {
      for (index, field) in rest.prefix(count).enumerated() {
        scores[index].append(Double(field) ?? .nan)
      }
      rest = rest.dropFirst(count)
      words[model].source += WordCounts(fields: rest.prefix(2))
      words[model].target += WordCounts(fields: rest.dropFirst(2).prefix(2))
      rest = rest.dropFirst(4)
    }
    return Line(reference: line.reference, entries: line.entries, scores: scores)
  }

  private func warnings(_ words: [Words], _ files: Files) -> [String] {
    zip(models, words).flatMap { model, words in
      let folder = model.leader.path
      return [
        model.isTranslator
          ? words.source.warning(of: files.source, vocabulary: Vocabularies.source(in: folder))
          : nil,
        words.target.warning(of: files.nBest, vocabulary: Vocabularies.target(in: folder)),
      ].compactMap { $0 }
    }
  }
}

extension Rescorer.Line {
  /// The hypotheses with all scores as features, each with the weighted sum as its total, best first; of equal ones
  /// that which came first.
  ///
  /// - Throws: `InputError` if a weighted sum is no finite number.
  public func sorted(by weights: RescoringWeights) throws -> [NBestEntry] {
    var totals: [Double] = []
    for (entry, scores) in zip(entries, scores) {
      let total = weightedSum(scores, weights.values)
      guard total.isFinite else {
        throw InputError(
          "the weighted sum of a hypothesis with the id \(entry.id) is no finite number")
      }
      totals.append(total)
    }
    let order = totals.indices.sorted { (totals[$1], $0) < (totals[$0], $1) }
    return order.map { index in
      var entry = entries[index]
      entry.addScores(scores[index])
      entry.total = totals[index]
      return entry
    }
  }
}

extension NBestEntry {
  /// Adds its list's own total and models' log-probabilities as features.
  fileprivate mutating func addScores(_ scores: [Double]) {
    addFeature(freeName("Total"), [scores[0]])
    for score in scores.dropFirst() { addFeature(freeName("Model"), [score]) }
  }

  /// The first of `Model0`, `Model1`, … that no feature has: a list may have been rescored before.
  private func freeName(_ stem: String) -> String {
    var number = 0
    while hasFeature("\(stem)\(number)") { number += 1 }
    return "\(stem)\(number)"
  }
}
