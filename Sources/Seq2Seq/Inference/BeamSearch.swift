/// A left-to-right beam search (Sutskever et al. 2014, section 3.2), for many sentences at once.
///
/// Each sentence keeps up to `beamSize` partial hypotheses. Those to which `<eos>` is appended
/// leave the beam and are complete; the search of a sentence ends when no partial hypothesis can
/// become better than its best complete one. Scores are log-probabilities, not normalised by
/// length.
struct BeamSearch {
  private let decoder: any ModelDecoder
  private let beamSize: Int

  /// - Parameters:
  ///   - decoder: what predicts symbols.
  ///   - beamSize: partial hypotheses kept per sentence.
  init(_ decoder: any ModelDecoder, beamSize: Int) {
    self.decoder = decoder
    self.beamSize = beamSize
  }

  /// A translation with its log-probability.
  struct Hypothesis: Sendable, Equatable {
    /// Target symbols, without `<eos>`.
    var symbols: [Int32]
    /// log p(symbols, `<eos>` | source), or of the symbols alone while it is partial.
    var score: Double
  }

  private struct Beam {
    var live: [Hypothesis]
    var complete: [Hypothesis] = []
    var isDone: Bool {
      guard let bestLive = live.first else { return true }
      guard let best = complete.first else { return false }
      return best.score >= bestLive.score
    }
  }

  private struct Candidate {
    let parent: Int
    let symbol: Int32
    let score: Double
  }

  /// Translates some sentences, given as the encoder reads them.
  ///
  /// - Returns: of each sentence its best complete hypotheses, best first; never none.
  func search(_ sources: [[Int32]]) -> [[Hypothesis]] {
    guard !sources.isEmpty else { return [] }
    let state = decoder.start(sources)
    var beams = sources.map { _ in Beam(live: [Hypothesis(symbols: [], score: 0)]) }
    // A translation this much longer than its source is a model that does not find an end.
    let limits = sources.map { 2 * $0.count + 50 }
    while true {
      // The decoder's rows are the live hypotheses of all beams, one beam after the other.
      var parents: [Int] = []
      var symbols: [Int32] = []
      let logits = state.logits
      var row = 0
      for (sentence, beam) in beams.enumerated() where !beam.live.isEmpty {
        let next = extend(
          beam, logits: logits[rows: row..<row + beam.live.count],
          mustEnd: beam.live[0].symbols.count >= limits[sentence])
        parents += next.parents.map { $0 + row }
        symbols += next.beam.live.map { $0.symbols[$0.symbols.count - 1] }
        row += beam.live.count
        beams[sentence] = next.beam
      }
      guard !symbols.isEmpty else { break }
      state.step(from: parents, symbols: symbols)
    }
    return beams.map(\.complete)
  }

  /// Extends a beam by one symbol; `parents` are the rows that its live hypotheses came from.
  private func extend(
    _ beam: Beam, logits: Matrix, mustEnd: Bool
  ) -> (beam: Beam, parents: [Int]) {
    let candidates = candidates(of: beam, logits: logits, mustEnd: mustEnd)
    var next = Beam(live: [], complete: beam.complete)
    var parents: [Int] = []
    for (position, candidate) in candidates.enumerated() where next.live.count < beamSize {
      var hypothesis = beam.live[candidate.parent]
      hypothesis.score = candidate.score
      if candidate.symbol == Vocabulary.endOfSentence {
        if position < beamSize || mustEnd { next.complete.append(hypothesis) }
      } else {
        hypothesis.symbols.append(candidate.symbol)
        next.live.append(hypothesis)
        parents.append(candidate.parent)
      }
    }
    // A stable order: of equal scores the one found first.
    next.complete = next.complete.enumerated().sorted {
      ($1.element.score, $0.offset) < ($0.element.score, $1.offset)
    }.prefix(beamSize).map(\.element)
    if next.isDone {
      next.live = []
      parents = []
    }
    return (next, parents)
  }

  /// The hypotheses of a beam with one symbol more, best first; of equal ones the order is fixed.
  private func candidates(of beam: Beam, logits: Matrix, mustEnd: Bool) -> [Candidate] {
    var candidates: [Candidate] = []
    for (row, hypothesis) in beam.live.enumerated() {
      let values = logits.row(row)
      let normalizer = logSumExp(values, count: logits.columns)
      let symbols =
        // Enough for a full beam beside `<eos>`.
        mustEnd
        ? [Vocabulary.endOfSentence]
        : indicesOfLargest(beamSize + 1, of: values, count: logits.columns)
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
