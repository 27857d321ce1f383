extension TokenizerKind {
  /// The tokenizer.
  var tokenizer: any Tokenizer {
    switch self {
    case .whitespace: WhitespaceTokenizer()
    case .words: WordTokenizer()
    case .characters: CharacterTokenizer()
    }
  }
}

/// Turns a line into symbols and back.
protocol Tokenizer: Sendable {
  /// The symbols of a line.
  func symbols(of line: String) -> [String]
  /// The line that symbols stand for.
  func line(of symbols: [String]) -> String
}

/// Splits at blanks and tabs.
struct WhitespaceTokenizer: Tokenizer {
  func symbols(of line: String) -> [String] {
    line.utf8.split(whereSeparator: \.isBlank).map { String(Substring($0)) }
  }

  func line(of symbols: [String]) -> String { symbols.joined(separator: " ") }
}

/// Makes each character a symbol: each code point, as other programs count them.
struct CharacterTokenizer: Tokenizer {
  func symbols(of line: String) -> [String] { line.unicodeScalars.map { String($0) } }

  func line(of symbols: [String]) -> String { symbols.joined() }
}
