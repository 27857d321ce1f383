/// The hypotheses of one sentence: the partial ones that go on, and the best complete ones.
///
/// At each step all that the partial hypotheses can go on with is ordered by score. Where `<eos>` is among the
/// first `beamSize`, a hypothesis is complete; the first `beamSize` of the others go on. It ends when none can
/// become better than the complete ones that are wanted.
///
/// One that cannot is dropped at once. All that is dropped stands behind all that is kept, so that nothing
/// moves up: what goes on is what would go on if nothing were dropped, as far as it can win.
struct Beam {
  typealias Hypothesis = BeamSearch.Hypothesis

  private let options: SearchOptions
  private let prefix: [Int32]
  /// Symbols of a hypothesis at most.
  private let limit: Int
  /// A total that is reached anyway: what stays below it cannot win.
  private let floor: Double
  /// What the score of the longest hypothesis is divided by.
  private let longestDivisor: Double
  /// Best first.
  private(set) var live = [Hypothesis(symbols: [], score: 0)]
  /// Best first; of equal ones that which was found first.
  private(set) var complete: [Hypothesis] = []

  /// - Parameters:
  ///   - options: what is kept and wanted.
  ///   - prefix: the symbols that every hypothesis begins with.
  ///   - limit: symbols of a hypothesis at most, no fewer than those of the prefix.
  ///   - floor: totals below it do not count.
  init(_ options: SearchOptions, prefix: [Int32], limit: Int, floor: Double = -.infinity) {
    (self.options, self.prefix, self.limit, self.floor) = (options, prefix, limit, floor)
    longestDivisor = options.lengthPenalty.divisor(symbols: limit + 1)
  }

  private struct Candidate {
    let parent: Int
    let symbol: Int32
    let score: Double
  }

  /// Extends all live hypotheses by a symbol.
  ///
  /// - Parameter logits: of each hypothesis' next symbol, `[live, V]`.
  /// - Returns: of those that live now, which hypotheses they continue.
  mutating func extend(_ logits: Matrix) -> [Int] {
    let forced = forced(after: live[0].symbols.count)
    guard let candidates = candidates(logits, forced: forced) else {
      // A model that computes no number has no translation.
      (live, complete) = ([], [Hypothesis(symbols: [], score: .nan)])
      return []
    }
    var next: [Hypothesis] = []
    var parents: [Int] = []
    for (position, candidate) in candidates.enumerated() where next.count < options.beamSize {
      var hypothesis = live[candidate.parent]
      hypothesis.score = candidate.score
      if candidate.symbol == Vocabulary.endOfSentence {
        if position < options.beamSize || forced != nil { insert(hypothesis) }
      } else {
        hypothesis.symbols.append(candidate.symbol)
        next.append(hypothesis)
        parents.append(candidate.parent)
      }
    }
    // What became complete in this step may have put an end to others.
    live = Array(next.prefix { canWin($0.score) })
    return Array(parents.prefix(live.count))
  }

  /// The symbol that hypotheses of `count` symbols must go on with, if there is one.
  private func forced(after count: Int) -> Int32? {
    if count < prefix.count { return prefix[count] }
    return count >= limit ? Vocabulary.endOfSentence : nil
  }

  /// What complete hypotheses are ordered by.
  func total(_ hypothesis: Hypothesis) -> Double {
    hypothesis.score / options.lengthPenalty.divisor(symbols: hypothesis.symbols.count + 1)
  }

  private mutating func insert(_ hypothesis: Hypothesis) {
    let place = complete.firstIndex { total($0) < total(hypothesis) } ?? complete.count
    complete.insert(hypothesis, at: place)
    if complete.count > options.beamSize { complete.removeLast() }
  }

  /// The total of the last of the complete hypotheses that are wanted, when there are as many.
  private var worstWanted: Double? {
    complete.count >= options.nBest ? total(complete[options.nBest - 1]) : nil
  }

  /// Whether a hypothesis of this score can become one that is wanted: scores only fall, and divisors only
  /// grow.
  private func canWin(_ score: Double) -> Bool {
    let bound = score / longestDivisor
    if bound < floor { return false }
    return worstWanted.map { $0 < bound } ?? true
  }

  /// The hypotheses with one symbol more that can win, best first; of equal ones the order is fixed. Nil if
  /// something is no number.
  private func candidates(_ logits: Matrix, forced: Int32?) -> [Candidate]? {
    var candidates: [Candidate] = []
    let floor = max(floor, worstWanted ?? -.infinity) * longestDivisor
    // Scores of the best that would go on so far: what is worse than a full beam of them has no place.
    var best: [Double] = []
    for (row, hypothesis) in live.enumerated() {
      let isFull = forced == nil && best.count == options.beamSize
      let least = isFull ? max(floor, best[best.count - 1]) : floor
      // Nor has what follows, for scores only fall.
      if isFull, hypothesis.score < best[best.count - 1] { break }
      let values = logits.row(row)
      let normalizer = logSumExp(values, count: logits.columns)
      guard normalizer.isFinite else { return nil }
      for symbol in symbols(values, forced, least - hypothesis.score + Double(normalizer)) {
        let score = hypothesis.score + Double(values[Int(symbol)] - normalizer)
        guard canWin(score) else { continue }
        candidates.append(Candidate(parent: row, symbol: symbol, score: score))
        guard symbol != Vocabulary.endOfSentence else { continue }
        best.insert(score, at: best.firstIndex { $0 < score } ?? best.count)
        if best.count > options.beamSize { best.removeLast() }
      }
    }
    candidates.sort { ($1.score, $0.parent, $0.symbol) < ($0.score, $1.parent, $1.symbol) }
    return candidates

    /// Enough for a full beam beside `<eos>`, of those whose logits reach a threshold.
    func symbols(
      _ values: UnsafePointer<Float>, _ forced: Int32?, _ threshold: Double
    ) -> [Int32] {
      if let forced { return [forced] }
      // From a little below: rounding must not decide.
      return indicesOfLargest(
        options.beamSize + 1, of: values, count: logits.columns,
        above: Float(threshold - 1e-3 - 1e-5 * abs(threshold)))
    }
  }
}
