import Foundation

/// Corpus BLEU (Papineni et al. 2002), as sacreBLEU computes it by default: 13a tokenisation,
/// mixed case, up to 4-grams, exponential smoothing, one reference (Post 2018).
public struct BLEU: Sendable, Equatable {
  private var matches = [0, 0, 0, 0]
  private var totals = [0, 0, 0, 0]
  private var hypothesisLength = 0
  private var referenceLength = 0

  /// No sentences yet.
  public init() {}

  /// Adds a sentence.
  public mutating func add(hypothesis: String, reference: String) {
    let hypothesis = Self.tokenize(hypothesis).map(SymbolText.init)
    let reference = Self.tokenize(reference).map(SymbolText.init)
    hypothesisLength += hypothesis.count
    referenceLength += reference.count
    for order in 1...4 {
      let found = Self.counts(hypothesis, order: order)
      let wanted = Self.counts(reference, order: order)
      totals[order - 1] += max(0, hypothesis.count - order + 1)
      for (gram, count) in found { matches[order - 1] += min(count, wanted[gram] ?? 0) }
    }
  }

  /// The score, 0...100.
  public var score: Double {
    guard hypothesisLength > 0 else { return 0 }
    // "exp" smoothing: each order without a match counts half as much as the one before.
    var smoothing = 1.0
    var logarithms = 0.0
    for (match, total) in zip(matches, totals) {
      guard total > 0 else { return 0 }
      var precision = 100 * Double(match) / Double(total)
      if match == 0 {
        smoothing *= 2
        precision = 100 / (smoothing * Double(total))
      }
      logarithms += log(precision)
    }
    guard matches.contains(where: { $0 > 0 }) else { return 0 }
    return brevityPenalty * exp(logarithms / 4)
  }

  private var brevityPenalty: Double {
    hypothesisLength < referenceLength
      ? exp(1 - Double(referenceLength) / Double(hypothesisLength)) : 1
  }

  private static func counts(_ tokens: [SymbolText], order: Int) -> [ArraySlice<SymbolText>: Int] {
    var counts: [ArraySlice<SymbolText>: Int] = [:]
    guard tokens.count >= order else { return counts }
    for start in 0...(tokens.count - order) {
      counts[tokens[start..<start + order], default: 0] += 1
    }
    return counts
  }

  /// The tokenisation of mteval-v13a: punctuation apart, but not within numbers.
  static func tokenize(_ line: String) -> [String] {
    var line = line.replacingOccurrences(of: "<skipped>", with: "")
      .replacingOccurrences(of: "-\n", with: "").replacingOccurrences(of: "\n", with: " ")
    if line.contains("&") {
      for (entity, character) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        line = line.replacingOccurrences(of: entity, with: character)
      }
    }
    // The passes of the original, each over the result of the one before.
    var scalars = Array(" \(line) ".unicodeScalars)
    scalars = scalars.flatMap { isSeparated($0) ? [" ", $0, " "] : [$0] }
    scalars = separate(scalars) { first, second in
      isStopOrComma(second) && !isDigit(first) ? [first, " ", second, " "] : nil
    }
    scalars = separate(scalars) { first, second in
      isStopOrComma(first) && !isDigit(second) ? [" ", first, " ", second] : nil
    }
    scalars = separate(scalars) { first, second in
      isDigit(first) && second == "-" ? [first, " ", second, " "] : nil
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text).split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Replaces pairs of neighbours from left to right, as a regular expression of two characters
  /// does: what was replaced is not looked at again.
  private static func separate(
    _ scalars: [Unicode.Scalar],
    _ replacement: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]?
  ) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var index = 0
    while index < scalars.count {
      if index + 1 < scalars.count,
        let replaced = replacement(scalars[index], scalars[index + 1])
      {
        result += replaced
        index += 2
      } else {
        result.append(scalars[index])
        index += 1
      }
    }
    return result
  }

  private static func isSeparated(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "{"..."~", "["..."`", " "..."&", "("..."+", ":"..."@", "/": scalar != " "
    default: false
    }
  }

  private static func isStopOrComma(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "." || scalar == ","
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
}
