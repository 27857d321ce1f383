/// What parts the tokens that BLEU counts, as sacreBLEU names it.
///
/// All of it goes by code points, as Python does: a mark is a code point of its own whatever it
/// stands on, and nothing is equal but what has the same code points.
public enum BLEUTokenizer: String, Sendable, CaseIterable {
  /// That of mteval-v13a, the usual one: punctuation apart, but not within numbers.
  case mteval13a = "13a"
  /// White space as it stands.
  case whitespace = "none"
  /// Every code point is a token.
  case characters = "char"
  /// That of mteval-v14 for all scripts: Unicode's punctuation and symbols apart, but no punctuation within
  /// numbers.
  case international = "intl"

  typealias Token = ArraySlice<Unicode.Scalar>

  /// The tokens of a line.
  func tokens(of line: String) -> [Token] {
    var scalars = Array(line.unicodeScalars)
    switch self {
    case .mteval13a:
      // sacreBLEU takes white space off the end first, and a line end there is no hyphenation.
      while scalars.last?.isPythonWhitespace == true { scalars.removeLast() }
      return Self.separatePunctuation(Self.clean(scalars)).split(
        whereSeparator: \.isPythonWhitespace)
    case .whitespace:
      return scalars.split(whereSeparator: \.isPythonWhitespace)
    case .characters:
      return scalars.indices.filter { !scalars[$0].isPythonWhitespace }.map { scalars[$0...$0] }
    case .international:
      while scalars.last?.isPythonWhitespace == true { scalars.removeLast() }
      return Self.separateByCategory(scalars).split(whereSeparator: \.isPythonWhitespace)
    }
  }

  // MARK: mteval-v13a

  private typealias Replacement = (pattern: [Unicode.Scalar], text: [Unicode.Scalar])

  private static func replacement(_ pattern: String, _ text: String) -> Replacement {
    (Array(pattern.unicodeScalars), Array(text.unicodeScalars))
  }

  // The order matters: `&amp;lt;` becomes `<`, but `&amp;quot;` becomes `&quot;`.
  private static let replacements = [
    replacement("<skipped>", ""), replacement("-\n", ""), replacement("\n", " "),
    replacement("&quot;", "\""), replacement("&amp;", "&"), replacement("&lt;", "<"),
    replacement("&gt;", ">"),
  ]

  /// Takes out what is no text: marks of skipped segments, line ends, entities.
  private static func clean(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacements.reduce(scalars) { scalars, replacement in
      scalars.contains(replacement.pattern[0]) ? replacing(replacement, in: scalars) : scalars
    }
  }

  /// Replaces what does not overlap, from left to right.
  private static func replacing(
    _ replacement: Replacement, in scalars: [Unicode.Scalar]
  ) -> [Unicode.Scalar] {
    let (pattern, text) = replacement
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var index = 0
    while index < scalars.count {
      if scalars[index] == pattern[0], scalars[index...].starts(with: pattern) {
        result += text
        index += pattern.count
      } else {
        result.append(scalars[index])
        index += 1
      }
    }
    return result
  }

  /// Puts blanks around punctuation, in the passes of the original, each over the result of the
  /// one before.
  private static func separatePunctuation(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = [" "]
    result.reserveCapacity(2 * scalars.count)
    for scalar in scalars {
      if scalar.isSeparated { result += [" ", scalar, " "] } else { result.append(scalar) }
    }
    result.append(" ")
    separate(&result, [.first, .blank, .second, .blank]) { $1.isStopOrComma && !$0.isDigit }
    separate(&result, [.blank, .first, .blank, .second]) { $0.isStopOrComma && !$1.isDigit }
    separate(&result, [.first, .blank, .second, .blank]) { $0.isDigit && $1 == "-" }
    return result
  }

  enum Part { case first, second, blank }

  /// Replaces pairs of neighbours from left to right, as a regular expression of two characters
  /// does: what was replaced is not looked at again.
  static func separate(
    _ scalars: inout [Unicode.Scalar], _ parts: [Part],
    where matches: (Unicode.Scalar, Unicode.Scalar) -> Bool
  ) {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count + scalars.count / 4)
    var index = 0
    while index < scalars.count {
      let first = scalars[index]
      if index + 1 < scalars.count, matches(first, scalars[index + 1]) {
        for part in parts {
          switch part {
          case .first: result.append(first)
          case .second: result.append(scalars[index + 1])
          case .blank: result.append(" ")
          }
        }
        index += 2
      } else {
        result.append(first)
        index += 1
      }
    }
    scalars = result
  }
}

extension Unicode.Scalar {
  /// Whether the original's first pass puts blanks around it.
  fileprivate var isSeparated: Bool {
    switch self {
    case "{"..."~", "["..."`", " "..."&", "("..."+", ":"..."@", "/": true
    default: false
    }
  }

  fileprivate var isStopOrComma: Bool { self == "." || self == "," }

  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
}
