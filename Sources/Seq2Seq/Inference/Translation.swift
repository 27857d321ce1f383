import Foundation

/// What a line was translated to.
public struct Translation: Sendable, Equatable {
  /// The translations that were found, best first; never none.
  public var hypotheses: [Hypothesis]
  /// The source line's words, and those of them that the model does not know.
  public var source: WordCounts

  /// The best translation.
  public var text: String { hypotheses[0].text }

  /// One of the translations of a line.
  public struct Hypothesis: Sendable, Equatable {
    /// The line.
    public var text: String
    /// log p(text, `<eos>` | source) of the model or ensemble.
    public var score: Double
    /// What hypotheses are ordered by: the score, divided as the length penalty says.
    public var total: Double
    /// Of each target symbol the position in the source that it looks at most, from 0; empty unless asked for.
    public var positions: [Int] = []
    /// What it looks at; nil unless asked for.
    public var alignment: Alignment?

    /// The positions as pairs `source-target`, parted by blanks, as Pharaoh's and GIZA's followers write
    /// them.
    public var pharaoh: String {
      positions.enumerated().map { "\($1)-\($0)" }.joined(separator: " ")
    }
  }
}

// As it goes from process to process: the digits of a number are those that give it back.

extension Translation {
  var fields: [String] { source.fields + hypotheses.flatMap(\.fields) }

  /// What another process found.
  init(fields: [String]) {
    let first = 2
    hypotheses = stride(from: first, to: fields.count, by: Hypothesis.fieldCount).map {
      Hypothesis(fields: Array(fields[$0..<$0 + Hypothesis.fieldCount]))
    }
    source = WordCounts(fields: fields[..<first])
  }
}

extension Translation.Hypothesis {
  fileprivate static let fieldCount = 6

  fileprivate var fields: [String] {
    let positions = positions.map { "\($0)" }.joined(separator: " ")
    return [text, "\(score)", "\(total)", positions] + (alignment?.fields ?? ["", ""])
  }

  fileprivate init(fields: [String]) {
    text = fields[0]
    (score, total) = (Double(fields[1]) ?? .nan, Double(fields[2]) ?? .nan)
    positions = fields[3].split(separator: " ").map { Int($0) ?? 0 }
    alignment = fields[4].isEmpty ? nil : Alignment(fields: Array(fields[4...]))
  }
}

extension Alignment {
  /// As one JSON object, its members without their brackets.
  public var jsonMembers: String {
    let rows = weights.isEmpty ? "" : "[\(rows(numbersBy: ",", rowsBy: "],["))]"
    return symbolMembers + ",\"weights\":[" + rows + "]"
  }

  /// The weights as text; of a long sentence there are many, and only a row's are taken apart at a time.
  private func rows(numbersBy separator: String, rowsBy end: String) -> String {
    var text = ""
    for (index, row) in weights.enumerated() {
      if index > 0 { text += end }
      text += row.map { "\($0)" }.joined(separator: separator)
    }
    return text
  }

  private var symbolMembers: String {
    "\"source\":\(Self.json(source)),\"target\":\(Self.json(target))"
  }

  private static func json(_ symbols: [String]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // Strings are what every encoder takes.
    return (try? encoder.encode(symbols)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
  }

  fileprivate var fields: [String] {
    ["{\(symbolMembers)}", rows(numbersBy: " ", rowsBy: ";")]
  }

  fileprivate init(fields: [String]) {
    struct Symbols: Decodable {
      var source: [String] = []
      var target: [String] = []
    }
    let symbols =
      (try? JSONDecoder().decode(Symbols.self, from: Data(fields[0].utf8))) ?? Symbols()
    let rows = fields[1].utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let weights = rows.map { row in
      row.split(separator: UInt8(ascii: " ")).map { Float(Substring($0)) ?? .nan }
    }
    self.init(source: symbols.source, target: symbols.target, weights: weights)
  }
}
