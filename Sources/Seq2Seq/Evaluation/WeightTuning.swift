/// The weights with which rescored n-best lists are best by BLEU, and what they bring.
public struct WeightTuning: Sendable {
  /// The weights that were found.
  public let weights: RescoringWeights
  /// BLEU of the best hypotheses by the lists' own totals, by an even average, and by the weights, 0...100.
  public let bleu: (own: Double, even: Double, tuned: Double)
  /// How BLEU came about, in sacreBLEU's words.
  public let signature: String
  /// What there was.
  public let summary: Rescorer.Summary

  /// How translations are compared with a reference.
  public struct Options: Sendable {
    /// Of BLEU.
    public var tokenizer: BLEUTokenizer
    /// What the pieces of both texts are.
    public var subwords: Subwords

    /// Some options.
    public init(tokenizer: BLEUTokenizer = .mteval13a, subwords: Subwords = .words) {
      (self.tokenizer, self.subwords) = (tokenizer, subwords)
    }
  }

  /// How far the work is.
  public enum Progress {
    /// So many lines are rescored.
    case rescored(Int)
    /// So many of the search's beginnings are done, and the best BLEU so far.
    case searched(Int, of: Int, bleu: Double)
  }

  /// Rescores n-best lists and finds weights.
  ///
  /// - Parameters:
  ///   - rescorer: with the models.
  ///   - files: with a reference.
  ///   - options: of BLEU.
  ///   - work: who rescores.
  ///   - progress: told how far the work is.
  /// - Returns: nil but where the lines are.
  /// - Throws: `InputError` naming file and line.
  public static func find(
    _ rescorer: Rescorer, _ files: Rescorer.Files, options: Options, over work: some LineWork,
    progress: (Progress) throws -> Void = { _ in }
  ) throws -> WeightTuning? {
    let metric = BLEU(tokenizer: options.tokenizer)
    var set = TuningSet(
      dimension: rescorer.scoreCount, width: metric.width, score: metric.score)
    let unsaid = [Double](repeating: 0, count: rescorer.scoreCount)
    var suspicion = SubwordSuspicion()
    var lines = 0
    var summary = try rescorer.score(files, over: work) { line in
      if options.subwords == .words { suspicion.look(at: line.reference) }
      let reference = options.subwords.words(of: line.reference)
      // A line without a hypothesis becomes an empty one, whatever the weights are.
      set.addSentence(
        measures: line.entries.isEmpty ? [unsaid] : line.scores,
        counts: (line.entries.isEmpty ? [""] : line.entries.map(\.text)).map {
          metric.counts(of: options.subwords.words(of: $0), references: [reference])
        })
      lines += 1
      try progress(.rescored(lines))
    }
    guard work.hasLines else { return nil }
    if let warning = files.reference.flatMap(suspicion.warning) {
      summary.warnings.append(warning)
    }
    let own = RescoringWeights.ownTotal(beside: rescorer.scoreCount - 1)
    let even = RescoringWeights(evenWith: rescorer.scoreCount - 1).values
    var mert = MERT(set)
    let weights = try mert.weights(from: even) {
      try progress(.searched($0, of: $1, bleu: $2))
    }
    return WeightTuning(
      weights: try RescoringWeights(weights),
      bleu: (set.score(with: own), set.score(with: even), set.score(with: weights)),
      signature: metric.signature(), summary: summary)
  }
}
