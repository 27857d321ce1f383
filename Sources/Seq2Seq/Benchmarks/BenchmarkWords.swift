/// Where a benchmark takes its sentences from.
enum BenchmarkWords {
  /// Every word is as likely as any other: a minibatch hardly repeats one.
  case uniform
  /// Pieces of a running text, whose words are numbered from the most frequent one: a minibatch
  /// repeats them as text does.
  case text([Int32])
  /// The minibatches of a prepared corpus.
  case corpus(any BatchDealer)

  /// The words of a file of text, numbered as a vocabulary numbers them.
  ///
  /// - Throws: `InputError` if it cannot be read or is shorter than a sentence.
  static func text(contentsOf path: String, length: Int) throws -> BenchmarkWords {
    var lines = try TextFile(path).lines
    var words: [String] = []
    while let line = try lines.next() { words += WhitespaceTokenizer().symbols(of: line) }
    guard words.count > length else {
      throw InputError("\(path) has \(words.count) words, fewer than a sentence of the benchmark")
    }
    var counts: [SymbolText: Int] = [:]
    for word in words { counts[SymbolText(word), default: 0] += 1 }
    return .text(Vocabulary(counts: counts, limit: .max).ids(of: words))
  }

  /// As tables name it.
  var name: String {
    switch self {
    case .uniform: "uniform"
    case .text: "text"
    case .corpus: "corpus"
    }
  }

  /// A sentence of `length` words of a vocabulary.
  func sentence(
    length: Int, vocabularySize: Int, using generator: inout SeededGenerator
  ) -> [Int32] {
    switch self {
    case .text(let words):
      let start = generator.next(below: words.count - length + 1)
      return words[start..<start + length].map {
        Int($0) < vocabularySize ? $0 : Vocabulary.unknown
      }
    default:
      return (0..<length).map { _ in Int32(2 + generator.next(below: vocabularySize - 2)) }
    }
  }
}
