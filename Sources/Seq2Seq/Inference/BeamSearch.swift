/// A left-to-right beam search (Sutskever et al. 2014, section 3.2), for many sentences at once.
///
/// Each sentence keeps up to `beamSize` partial hypotheses. Those to which `<eos>` is appended
/// leave the beam and are complete; the search of a sentence ends when no partial hypothesis can
/// become better than the complete ones that are wanted.
struct BeamSearch {
  private let decoder: EnsembleDecoder
  private let options: SearchOptions

  /// - Parameters:
  ///   - decoder: what predicts symbols.
  ///   - options: what is kept and wanted.
  init(_ decoder: EnsembleDecoder, _ options: SearchOptions) {
    (self.decoder, self.options) = (decoder, options)
  }

  /// A translation with its log-probability.
  struct Hypothesis: Sendable, Equatable {
    /// Target symbols, without `<eos>`.
    var symbols: [Int32]
    /// log p(symbols, `<eos>` | source), or of the symbols alone while it is partial.
    var score: Double
  }

  private struct Beam {
    let prefix: [Int32]
    /// Symbols of a hypothesis at most.
    let limit: Int
    var live = [Hypothesis(symbols: [], score: 0)]
    var complete: [Hypothesis] = []

    /// The symbol that hypotheses of `count` symbols must go on with, if there is one.
    func forced(after count: Int) -> Int32? {
      if count < prefix.count { return prefix[count] }
      return count >= limit ? Vocabulary.endOfSentence : nil
    }
  }

  private struct Candidate {
    let parent: Int
    let symbol: Int32
    let score: Double
  }

  /// Translates some sentences.
  ///
  /// - Parameters:
  ///   - sources: the sentences.
  ///   - prefixes: of each sentence, the symbols that its translation begins with; none if nil.
  /// - Returns: of each sentence its best complete hypotheses, best first; never none.
  func search(
    _ sources: [EnsembleSource], prefixes: [[Int32]]? = nil
  ) -> [[Hypothesis]] {
    guard !sources.isEmpty else { return [] }
    let state = decoder.start(sources)
    var beams = sources.indices.map { index in
      let prefix = prefixes?[index] ?? []
      return Beam(
        prefix: prefix,
        limit: options.limit(ofSource: sources[index].count, prefix: prefix.count))
    }
    while true {
      // The decoder's rows are the live hypotheses of all beams, one beam after the other.
      var parents: [Int] = []
      var symbols: [Int32] = []
      let logits = state.logits
      var row = 0
      for (sentence, beam) in beams.enumerated() where !beam.live.isEmpty {
        let next = extend(beam, logits: logits[rows: row..<row + beam.live.count])
        parents += next.parents.map { $0 + row }
        symbols += next.beam.live.map { $0.symbols[$0.symbols.count - 1] }
        row += beam.live.count
        beams[sentence] = next.beam
      }
      guard !symbols.isEmpty else { break }
      state.step(from: parents, symbols: symbols)
    }
    return beams.map { Array($0.complete.prefix(options.nBest)) }
  }

  /// What hypotheses are ordered by: complete ones among themselves.
  private func total(_ hypothesis: Hypothesis) -> Double {
    hypothesis.score / options.lengthPenalty.divisor(symbols: hypothesis.symbols.count + 1)
  }

  /// Whether nothing that is live can become better than the complete hypotheses that are wanted.
  private func isDone(_ beam: Beam) -> Bool {
    guard let bestLive = beam.live.first else { return true }
    guard beam.complete.count >= options.nBest else { return false }
    // Scores only fall, and divisors only grow.
    let bound = bestLive.score / options.lengthPenalty.divisor(symbols: beam.limit + 1)
    return total(beam.complete[options.nBest - 1]) >= bound
  }

  /// Extends a beam by one symbol; `parents` are the rows that its live hypotheses came from.
  private func extend(_ beam: Beam, logits: Matrix) -> (beam: Beam, parents: [Int]) {
    let forced = beam.forced(after: beam.live[0].symbols.count)
    let candidates = candidates(of: beam, logits: logits, forced: forced)
    var next = beam
    next.live = []
    var parents: [Int] = []
    for (position, candidate) in candidates.enumerated()
    where next.live.count < options.beamSize {
      var hypothesis = beam.live[candidate.parent]
      hypothesis.score = candidate.score
      if candidate.symbol == Vocabulary.endOfSentence {
        if position < options.beamSize || forced != nil { next.complete.append(hypothesis) }
      } else {
        hypothesis.symbols.append(candidate.symbol)
        next.live.append(hypothesis)
        parents.append(candidate.parent)
      }
    }
    // A stable order: of equal ones the one found first.
    next.complete = next.complete.enumerated().sorted {
      (total($1.element), $0.offset) < (total($0.element), $1.offset)
    }.prefix(options.beamSize).map(\.element)
    if isDone(next) {
      next.live = []
      parents = []
    }
    return (next, parents)
  }

  /// The hypotheses of a beam with one symbol more, best first; of equal ones the order is fixed.
  private func candidates(of beam: Beam, logits: Matrix, forced: Int32?) -> [Candidate] {
    var candidates: [Candidate] = []
    for (row, hypothesis) in beam.live.enumerated() {
      let values = logits.row(row)
      let normalizer = logSumExp(values, count: logits.columns)
      let symbols =
        // Enough for a full beam beside `<eos>`.
        forced.map { [$0] }
        ?? indicesOfLargest(options.beamSize + 1, of: values, count: logits.columns)
      for symbol in symbols {
        candidates.append(
          Candidate(
            parent: row, symbol: symbol,
            score: hypothesis.score + Double(values[Int(symbol)] - normalizer)))
      }
    }
    candidates.sort { ($1.score, $0.parent, $0.symbol) < ($0.score, $1.parent, $1.symbol) }
    return candidates
  }
}
