/// Splits punctuation from words, and can put the text together again.
///
/// A joiner mark on a symbol says that no blank stood on that side: `Save (as)!` becomes
/// `Save (￭ as ￭) ￭!`. An apostrophe within a word stays with what is before it, as French elides:
/// `l'eau` becomes `l'￭ eau`. Full stops, commas, hyphens and underscores within numbers or words
/// do not split them. White space is taken as one blank, and a joiner mark in the text itself is
/// replaced by `■`.
struct WordTokenizer: Tokenizer {
  private static let joiner: Unicode.Scalar = "￭"

  func symbols(of line: String) -> [String] {
    var symbols: [String] = []
    for chunk in line.split(whereSeparator: \.isWhitespace) {
      let pieces = Self.pieces(of: Array(chunk))
      for (index, piece) in pieces.enumerated() {
        // Marks go on the punctuation where there is any, so that a word is one symbol wherever
        // it stands.
        var symbol = String.UnicodeScalarView()
        if index > 0, !piece.isWord { symbol.append(Self.joiner) }
        symbol.append(contentsOf: piece.text.unicodeScalars)
        if index + 1 < pieces.count, pieces[index + 1].isWord { symbol.append(Self.joiner) }
        symbols.append(String(symbol))
      }
    }
    return symbols
  }

  func line(of symbols: [String]) -> String {
    var line = String.UnicodeScalarView()
    var joins = true
    for symbol in symbols {
      var text = Substring(symbol).unicodeScalars
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

  private struct Piece {
    var text: String
    var isWord: Bool
  }

  /// Words and single punctuation marks of a run without white space.
  private static func pieces(of chunk: [Character]) -> [Piece] {
    var pieces: [Piece] = []
    var canExtend = false
    for (index, raw) in chunk.enumerated() {
      let character = raw.unicodeScalars.contains(joiner) ? "■" : raw
      let next = index + 1 < chunk.count ? chunk[index + 1] : nil
      if isWordCharacter(character) {
        if canExtend {
          pieces[pieces.count - 1].text.append(character)
        } else {
          pieces.append(Piece(text: String(character), isWord: true))
        }
        canExtend = true
      } else if canExtend, let next, isWordCharacter(next), isInner(character) {
        pieces[pieces.count - 1].text.append(character)
        // What follows an apostrophe is a word of its own.
        canExtend = character != "'" && character != "’"
      } else {
        pieces.append(Piece(text: String(character), isWord: false))
        canExtend = false
      }
    }
    return pieces
  }

  private static func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber
  }

  private static func isInner(_ character: Character) -> Bool {
    switch character {
    case "'", "’", ".", ",", "-", "_": true
    default: false
    }
  }
}
