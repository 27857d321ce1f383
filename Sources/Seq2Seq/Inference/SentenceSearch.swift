/// The search for the translations of one sentence.
///
/// A narrow search first costs little, and what it finds is a bound: the hypotheses of the full search that
/// stay below can be dropped. If the full search then finds as many as are wanted that reach the bound, they are
/// what it would have found without it. If not, because what the narrow search followed fell out of the wider
/// beam, it is made again without a bound.
struct SentenceSearch: Sendable {
  private enum Phase { case narrow, bounded, whole }

  /// The sentence's number.
  let index: Int
  /// The sentence.
  let source: EnsembleSource
  private let options: SearchOptions
  private let prefix: [Int32]
  private let limit: Int
  private var phase: Phase
  private var floor = -Double.infinity
  private var beam: Beam

  /// - Parameters:
  ///   - index: the sentence's number.
  ///   - source: the sentence.
  ///   - prefix: the symbols that every hypothesis begins with.
  ///   - options: what is kept and wanted.
  ///   - isBounded: whether a narrow search looks for a bound first.
  init(
    _ index: Int, of source: EnsembleSource, prefix: [Int32], _ options: SearchOptions,
    isBounded: Bool
  ) {
    (self.index, self.source, self.prefix, self.options) = (index, source, prefix, options)
    limit = options.limit(ofSource: source.count, prefix: prefix.count)
    phase = isBounded ? .narrow : .whole
    var narrow = options
    if isBounded { narrow.beamSize = options.nBest }
    beam = Beam(narrow, prefix: prefix, limit: limit)
  }

  /// What a step asks for.
  enum Next {
    /// Another step: of each hypothesis, which it continues, and with which symbol.
    case goOn(parents: [Int], symbols: [Int32])
    /// A search from the source on.
    case startAgain
    /// Nothing more.
    case end
  }

  /// What was found, best first.
  var found: [BeamSearch.Hypothesis] { Array(beam.complete.prefix(options.nBest)) }

  /// Whether it will not start again.
  var isLast: Bool { phase == .whole }

  /// Takes a step.
  ///
  /// - Parameter logits: of each hypothesis that goes on, `[rows, V]`.
  mutating func extend(_ logits: Matrix) -> Next {
    let parents = beam.extend(logits)
    let found = found
    // Any bound will do: the narrow search need not be finished.
    let hasBound = phase == .narrow && found.count == options.nBest
    if !parents.isEmpty, !hasBound {
      return .goOn(
        parents: parents, symbols: beam.live.map { $0.symbols[$0.symbols.count - 1] })
    }
    guard !isLast, found.allSatisfy(\.score.isFinite) else { return .end }
    if phase == .bounded, found.count == options.nBest, reaches(found[found.count - 1]) {
      return .end
    }
    (phase, floor) =
      hasBound ? (.bounded, beam.total(found[found.count - 1])) : (.whole, -.infinity)
    beam = Beam(options, prefix: prefix, limit: limit, floor: floor)
    return .startAgain
  }

  private func reaches(_ hypothesis: BeamSearch.Hypothesis) -> Bool {
    beam.total(hypothesis) >= floor
  }
}
