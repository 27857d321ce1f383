extension Subwords {
  /// A line of words, of a line of pieces.
  func words(of line: String) -> String {
    switch self {
    case .words: line
    case .bpe: Self.joinBPE(line)
    case .sentencepiece: Self.joinSentencePieces(line)
    case .joiner: WordTokenizer().line(of: WhitespaceTokenizer().symbols(of: line))
    }
  }

  /// Takes out `@@` where a blank or nothing follows, and that blank.
  private static func joinBPE(_ line: String) -> String {
    var words = String.UnicodeScalarView()
    var rest = line.unicodeScalars[...]
    while let scalar = rest.first {
      let afterMark = rest.dropFirst(2)
      if rest.starts(with: "@@".unicodeScalars), afterMark.first ?? " " == " " {
        rest = afterMark.dropFirst()
      } else {
        words.append(scalar)
        rest.removeFirst()
      }
    }
    return String(words)
  }

  private static func joinSentencePieces(_ line: String) -> String {
    var words = String.UnicodeScalarView()
    for symbol in WhitespaceTokenizer().symbols(of: line) {
      words.append(contentsOf: symbol.unicodeScalars.lazy.map { $0 == "▁" ? " " : $0 })
    }
    if words.first == " " { words.removeFirst() }
    return String(words)
  }

  /// Whether a symbol has the mark of these pieces.
  fileprivate func marks(_ symbol: String) -> Bool {
    let scalars = symbol.unicodeScalars
    return switch self {
    case .words: false
    case .bpe: scalars.suffix(2).elementsEqual("@@".unicodeScalars)
    case .sentencepiece: scalars.first == "▁"
    case .joiner: scalars.contains("￭")
    }
  }

  /// What the mark is, of many symbols.
  fileprivate var mark: String {
    switch self {
    case .words: "are words"
    case .bpe: "end in @@"
    case .sentencepiece: "begin with ▁"
    case .joiner: "have ￭"
    }
  }
}

/// Finds out whether a text that is said to be of words looks like one of pieces.
struct SubwordSuspicion {
  private var symbols = 0
  private var marked = [Int](repeating: 0, count: Subwords.allCases.count)

  /// Looks at a line.
  mutating func look(at line: String) {
    for symbol in WhitespaceTokenizer().symbols(of: line) {
      symbols += 1
      for (index, kind) in Subwords.allCases.enumerated() where kind.marks(symbol) {
        marked[index] += 1
      }
    }
  }

  /// What to tell the user where over a tenth of the symbols have a mark.
  ///
  /// - Parameter path: the file that the lines are from.
  func warning(of path: String) -> String? {
    guard let (kind, count) = zip(Subwords.allCases, marked).max(by: { $0.1 < $1.1 }),
      10 * count > symbols
    else { return nil }
    return
      "\(count) of the \(symbols) symbols of \(path) \(kind.mark), so BLEU is that of pieces of "
      + "words; set data.subwords to \(kind.rawValue) in the model's config.yaml, or pass "
      + "--subwords \(kind.rawValue)"
  }
}
