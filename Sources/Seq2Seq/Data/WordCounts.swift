import Foundation

/// How many words a text has, and how many of them a vocabulary does not know.
public struct WordCounts: Codable, Sendable, Equatable {
  /// Those of them that are `<unk>`.
  public private(set) var unknown = 0
  /// All words.
  public private(set) var words = 0

  /// Counts nothing, or what was counted before.
  public init(unknown: Int = 0, words: Int = 0) {
    self.unknown = unknown
    self.words = words
  }

  /// Counts the symbols of a line.
  init(_ symbols: [Int32]) {
    self.init(unknown: symbols.count { $0 == Vocabulary.unknown }, words: symbols.count)
  }

  /// Adds another count.
  public static func += (left: inout WordCounts, right: WordCounts) {
    left.unknown += right.unknown
    left.words += right.words
  }

  /// What to say where over half of a text is `<unk>`; nil where it is not.
  ///
  /// - Parameters:
  ///   - text: where it comes from.
  ///   - vocabulary: the file of the vocabulary, if it was given.
  public func warning(of text: String, vocabulary: String? = nil) -> String? {
    guard 2 * unknown > words else { return nil }
    let name = vocabulary ?? "the vocabulary"
    if unknown == words {
      return "nothing of \(name) occurs in \(text): all \(words) words are <unk>; is it of this "
        + "text's tokenizer, with nothing but a symbol on each line?"
    }
    let percent = String(format: "%.1f", 100 * Double(unknown) / Double(words))
    return
      "\(unknown) of the \(words) words of \(text) (\(percent) %) are not in \(name) and become "
      + "<unk>; is it of this text's language and tokenizer, and large enough?"
  }
}

extension WordCounts {
  /// As it goes from process to process.
  var fields: [String] { ["\(unknown)", "\(words)"] }

  /// What another process counted.
  init(fields: some Collection<String>) {
    let numbers = fields.map { Int($0) ?? 0 }
    self.init(unknown: numbers[0], words: numbers[1])
  }
}
