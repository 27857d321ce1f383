import Foundation
import Seq2Seq

/// What `launcher translate` writes: translations to standard output, and what attention says of them to
/// files that appear complete or not at all.
struct TranslationOutput {
  private let isNBest: Bool
  private let alignments: AtomicFile?
  private let attention: AtomicFile?
  /// The number of the next line.
  private var number = 0

  /// - Parameters:
  ///   - isNBest: whether all translations are printed, as Moses does.
  ///   - arguments: which files there are.
  /// - Throws: `InputError` naming the file.
  init(isNBest: Bool, _ arguments: AttentionArguments) throws {
    self.isNBest = isNBest
    warnOfReplacing(arguments.outputs)
    alignments = try arguments.alignments.map { try AtomicFile($0) }
    attention = try arguments.attention.map { try AtomicFile($0) }
  }

  /// Writes the translations of the next line.
  mutating func write(_ translation: Translation) throws {
    for (index, hypothesis) in translation.hypotheses.enumerated() where isNBest || index == 0 {
      try StandardOutput.line(isNBest ? line(of: hypothesis) : hypothesis.text)
      try alignments?.write(hypothesis.pharaoh + "\n")
      if let attention, let alignment = hypothesis.alignment {
        try attention.write(
          "{\"line\":\(number),\"hypothesis\":\(index),\(alignment.jsonMembers)}\n")
      }
    }
    number += 1
  }

  private func line(of hypothesis: Translation.Hypothesis) -> String {
    var entry = NBestEntry(id: number, text: hypothesis.text, total: hypothesis.total)
    entry.addFeature("logp", [hypothesis.score])
    return entry.line
  }

  /// Gives the files their names.
  func complete() throws {
    let files = [alignments, attention].compactMap { $0 }
    for file in files { try file.complete() }
    for file in files { try file.publish() }
  }
}

/// The lines of a file that go beside those of standard input: how each translation begins.
struct PrefixLines {
  private let path: String
  private var lines: TextFile.Lines

  /// - Throws: `InputError` naming the file.
  init(_ path: String) throws {
    self.path = path
    lines = try TextFile(path).lines
  }

  /// The next lines.
  ///
  /// - Throws: `InputError` if there are fewer.
  mutating func next(_ count: Int) throws -> [String] {
    try (0..<count).map { _ in
      let number = lines.number
      guard let line = try lines.next() else {
        throw InputError(
          "\(path) ends after line \(number), but standard input goes on; \(Self.rule)")
      }
      return line
    }
  }

  /// Checks that nothing is left.
  ///
  /// - Throws: `InputError` if there are more lines.
  mutating func checkEnd() throws {
    let number = lines.number
    guard try lines.next() != nil else { return }
    throw InputError(
      "standard input ends after line \(number), but \(path) goes on; \(Self.rule)")
  }

  private static let rule = "line n is how the translation of line n begins, and may be empty"
}
