/// What source words are in the target's language, one for one, where a model has no word for them (Luong et
/// al. 2015, "Addressing the Rare Word Problem", section 3). A word that it does not have stays as it is, as
/// names and numbers do.
public struct WordDictionary: Sendable {
  private var words: [SymbolText: (translation: String, line: Int)] = [:]

  /// One without words.
  public init() {}

  /// Reads a file with a source word, blanks or tabs, and its translation on each line.
  ///
  /// - Throws: `InputError` naming file and line.
  public init(contentsOf path: String) throws {
    var lines = try TextFile(path).lines
    while let line = try lines.next() {
      let place = "\(path):\(lines.number)"
      var rest = line.utf8[...]
      let (word, translation) = (Self.word(&rest), Self.word(&rest))
      guard !translation.isEmpty, rest.allSatisfy(\.isBlank) else {
        throw InputError("\(place): must be a source word, a blank or tab, and its translation")
      }
      if let first = words.updateValue((translation, lines.number), forKey: SymbolText(word)) {
        throw InputError("\(place): \(word.quoted) is there twice, first in line \(first.line)")
      }
    }
  }

  /// Takes a word and the blanks before it; nothing is left to take at the end.
  private static func word(_ rest: inout Substring.UTF8View) -> String {
    rest = rest.drop(while: \.isBlank)
    let word = rest.prefix { !$0.isBlank }
    rest = rest.dropFirst(word.count)
    return String(Substring(word))
  }

  /// The translation of a word, or the word.
  func translation(of word: String) -> String { words[SymbolText(word)]?.translation ?? word }
}
