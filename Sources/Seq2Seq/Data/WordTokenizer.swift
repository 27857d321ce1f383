/// Splits punctuation from words, and can put the text together again.
///
/// A joiner mark on a symbol says that no blank stood on that side: `Save (as)!` becomes
/// `Save (￭ as ￭) ￭!`. An apostrophe within a word stays with what is before it, as French elides:
/// `l'eau` becomes `l'￭ eau`. Full stops, commas, hyphens and underscores within numbers or words
/// do not split them. White space is taken as one blank, and a joiner mark in the text itself is
/// replaced by `■`.
struct WordTokenizer: Tokenizer {
  private static let joiner: Unicode.Scalar = "￭"

  private typealias Scalars = String.UnicodeScalarView

  func symbols(of line: String) -> [String] {
    var symbols: [String] = []
    var scalars = line.unicodeScalars[...]
    while let start = scalars.firstIndex(where: { !$0.isBlank }) {
      let end = scalars[start...].firstIndex(where: \.isBlank) ?? scalars.endIndex
      Self.split(scalars[start..<end], into: &symbols)
      scalars = scalars[end...]
    }
    return symbols
  }

  func line(of symbols: [String]) -> String {
    var line = Scalars()
    var joins = true
    for symbol in symbols {
      var text = symbol.unicodeScalars[...]
      let joinsBefore = text.first == Self.joiner
      if joinsBefore { text.removeFirst() }
      let joinsAfter = text.last == Self.joiner
      if joinsAfter { text.removeLast() }
      if !joins, !joinsBefore { line.append(" ") }
      line.append(contentsOf: text)
      joins = joinsAfter
    }
    return String(line)
  }

  /// Adds the symbols of a run without white space: words, and single punctuation marks.
  ///
  /// Joiner marks go on the punctuation where there is any, so that a word is one symbol wherever
  /// it stands.
  private static func split(_ run: Scalars.SubSequence, into symbols: inout [String]) {
    var symbol = Scalars()
    var isWord = false  // whether `symbol` is a word that the next letter belongs to
    func finish(beforeWord: Bool) {
      guard !symbol.isEmpty else { return }
      if beforeWord { symbol.append(joiner) }
      symbols.append(String(symbol))
      symbol.removeAll()
    }
    var index = run.startIndex
    while index < run.endIndex {
      let scalar = run[index] == joiner ? "■" : run[index]
      index = run.index(after: index)
      if scalar.isWordPart {
        if !isWord { finish(beforeWord: true) }
        symbol.append(scalar)
        isWord = true
      } else if isWord, scalar.isInner, index < run.endIndex, run[index].isWordPart {
        symbol.append(scalar)
        // What follows an apostrophe is a word of its own.
        isWord = scalar != "'" && scalar != "’"
      } else {
        let isFirst = symbol.isEmpty
        finish(beforeWord: false)
        if !isFirst { symbol.append(joiner) }
        symbol.append(scalar)
        isWord = false
      }
    }
    finish(beforeWord: false)
  }
}

extension Unicode.Scalar {
  /// Whether it is a letter, a digit or a mark on one.
  fileprivate var isWordPart: Bool {
    if isASCII {
      return (0x61...0x7A).contains(value) || (0x41...0x5A).contains(value)
        || (0x30...0x39).contains(value)
    }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
      return true
    default: return false
    }
  }

  /// Whether it may stand within a word.
  fileprivate var isInner: Bool {
    switch self {
    case "'", "’", ".", ",", "-", "_": true
    default: false
    }
  }
}
