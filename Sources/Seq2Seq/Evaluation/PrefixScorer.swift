/// Computes how probable models find many translations of the same sentences.
///
/// A sentence is encoded once however many translations it has, and what several of them begin with is computed
/// once. The translations of a sentence are walked as a tree of their prefixes, breadth first, those of several
/// sentences side by side: a decoder's row is a prefix. Each row's numbers are its own, so that a score does
/// not depend on what else is scored.
final class PrefixScorer {
  private let models: Ensemble
  private let decoder: EnsembleDecoder
  private let rowLimit: Int

  /// - Parameters:
  ///   - models: one or several.
  ///   - rowLimit: prefixes that are continued at a time at most; what fits memory if nil.
  init(_ models: Ensemble, rowLimit: Int? = nil) {
    self.models = models
    decoder = models.makeDecoder()
    let logits = models.leader.vocabularies.target.count * (models.members.count + 1)
    self.rowLimit = rowLimit ?? min(Self.manyRows, max(64, Self.logitLimit / logits))
  }

  /// Rows from which on a product does not become faster with more of them.
  private static let manyRows = 4096
  /// Numbers that predictions may take: 1 GiB.
  private static let logitLimit = 1 << 28

  /// A sentence with translations.
  struct List {
    let source: EnsembleSource
    let targets: [[Int32]]
  }

  /// log p(target, `<eos>` | source) of each list's translations, in order.
  ///
  /// - Throws: `InputError` if a model computes no number.
  func logProbabilities(_ lists: [List]) throws -> [[Double]] {
    var scores = lists.map { [Double](repeating: 0, count: $0.targets.count) }
    var group: [Part] = []
    func scoreGroup() {
      for (part, found) in zip(group, walk(group)) {
        for (index, score) in zip(part.order, found) { scores[part.list][index] = score }
      }
      group = []
    }
    var rows = 0
    for part in lists.enumerated().flatMap({ parts(of: $1, index: $0) }) {
      // A source word takes memory as a prefix does.
      let weight = max(part.targets.count, part.source.count)
      if rows + weight > rowLimit {
        scoreGroup()
        rows = 0
      }
      group.append(part)
      rows += weight
    }
    scoreGroup()
    guard scores.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { throw models.computesNoNumber }
    return scores
  }

  /// Some translations of a list, sorted: those that begin alike are neighbours, the shortest first.
  private struct Part {
    let list: Int
    let source: EnsembleSource
    let targets: [[Int32]]
    /// Which of the list's translations they are.
    let order: [Int]
  }

  /// A list in parts that there is memory for.
  private func parts(of list: List, index: Int) -> [Part] {
    let targets = list.targets
    let order = targets.indices.sorted { targets[$0].lexicographicallyPrecedes(targets[$1]) }
    return order.indices.evenParts(atMost: rowLimit).map { range in
      Part(
        list: index, source: list.source, targets: order[range].map { targets[$0] },
        order: Array(order[range]))
    }
  }

  /// Scores the translations of some parts.
  private func walk(_ parts: [Part]) -> [[Double]] {
    guard !parts.isEmpty else { return [] }
    let state = decoder.start(parts.map(\.source))
    var walk = Walk(parts)
    while true {
      let logits = state.logits
      for (row, prefix) in walk.prefixes.enumerated() {
        let values = logits.row(row)
        let normalizer = logSumExp(values, count: logits.columns)
        walk.branch(row, prefix) {
          prefix.logProbability + Double(values[Int($0)] - normalizer)
        }
      }
      guard let (parents, symbols) = walk.descend() else { return walk.scores }
      state.step(from: parents, symbols: symbols)
    }
  }

  /// What some translations of a part begin with.
  private struct Prefix {
    let part: Int
    /// The part's translations that begin with it.
    let range: Range<Int>
    /// Its log p.
    let logProbability: Double
  }

  /// A walk through the prefixes of some parts' translations, from length to length.
  private struct Walk {
    private let parts: [Part]
    private var length = 0
    private var next: [Prefix] = []
    private var parents: [Int] = []
    private var symbols: [Int32] = []
    /// All of one length: the decoder's rows.
    private(set) var prefixes: [Prefix]
    /// Of each part's translations.
    private(set) var scores: [[Double]]

    init(_ parts: [Part]) {
      self.parts = parts
      prefixes = parts.indices.map {
        Prefix(part: $0, range: parts[$0].targets.indices, logProbability: 0)
      }
      scores = parts.map { [Double](repeating: 0, count: $0.targets.count) }
    }

    /// Scores the translations that a prefix is, and notes the prefixes that have a symbol more.
    ///
    /// - Parameter logProbability: of the prefix with a symbol more.
    mutating func branch(_ row: Int, _ prefix: Prefix, logProbability: (Int32) -> Double) {
      let targets = parts[prefix.part].targets
      var rest = prefix.range
      while let first = rest.first {
        guard targets[first].count > length else {
          scores[prefix.part][first] = logProbability(Vocabulary.endOfSentence)
          rest.removeFirst()
          continue
        }
        let symbol = targets[first][length]
        let alike = rest.prefix { targets[$0][length] == symbol }
        parents.append(row)
        symbols.append(symbol)
        next.append(
          Prefix(part: prefix.part, range: alike, logProbability: logProbability(symbol)))
        rest = alike.upperBound..<rest.upperBound
      }
    }

    /// Goes on to the prefixes that were noted.
    ///
    /// - Returns: of each of them, the prefix that it continues and the symbol; nil if there are none.
    mutating func descend() -> (parents: [Int], symbols: [Int32])? {
      guard !next.isEmpty else { return nil }
      defer { (parents, symbols, next, length) = ([], [], [], length + 1) }
      prefixes = next
      return (parents, symbols)
    }
  }
}
