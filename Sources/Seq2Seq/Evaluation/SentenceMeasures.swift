/// Measures sentences, to group them: how long they are, and how rare their words.
struct SentenceMeasures {
  private let ids: (String) -> [Int32]
  /// The place of what a vocabulary does not know: after all that it knows.
  private let unknownPlace: Double
  /// Words that were measured.
  private(set) var words = WordCounts()

  /// Measures what a model reads, by the order of its source vocabulary.
  init(_ model: TrainedModel) {
    ids = model.encodeSource
    unknownPlace = Self.lastPlace(model.vocabularies.source?.count ?? 0)
  }

  /// Measures lines of words, which blanks part, by the order of a vocabulary.
  init(_ vocabulary: Vocabulary) {
    ids = { vocabulary.ids(of: WhitespaceTokenizer().symbols(of: $0)) }
    unknownPlace = Self.lastPlace(vocabulary.count)
  }

  /// Line 2 of a vocabulary, from 0, has the first word.
  private static func lastPlace(_ symbols: Int) -> Double { Double(symbols - 1) }

  /// The number of a sentence by which it is grouped; 0 of an empty one.
  mutating func measure(_ line: String, by groupings: [Grouping]) -> [Double] {
    let ids = ids(line)
    words += WordCounts(ids)
    return groupings.map { grouping in
      switch grouping {
      case .length: return Double(ids.count)
      case .frequency:
        let sum = ids.reduce(0.0) {
          $0 + ($1 == Vocabulary.unknown ? unknownPlace : Double($1) - 1)
        }
        return sum / Double(max(ids.count, 1))
      }
    }
  }
}

extension Vocabulary {
  /// The words of some lines, which blanks part.
  init(_ forEachLine: ((String) -> Void) throws -> Void) rethrows {
    var counts: [SymbolText: Int] = [:]
    try forEachLine { line in
      for word in WhitespaceTokenizer().symbols(of: line) {
        counts[SymbolText(word), default: 0] += 1
      }
    }
    self.init(counts: counts, limit: .max)
  }
}
