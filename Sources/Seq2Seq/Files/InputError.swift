import Foundation

/// Something that the user can mend: one sentence with what is wrong, where, and what to do.
public struct InputError: Error, CustomStringConvertible, Equatable {
  /// The exit code that the mistake has (`docs/reference.md`).
  public enum Kind: Int32, Sendable {
    /// The command line is wrong.
    case usage = 64
    /// The data, the configuration or a model file is wrong.
    case data = 65
    /// The work stopped early, with what was saved before intact.
    case stopped = 75
  }

  /// Which exit code.
  public let kind: Kind
  /// The sentence, on one line and of bounded length whatever stands in the user's files.
  public let description: String

  /// Whether every process of a job found the same at the same time, so that one of them can
  /// speak for all.
  public let isCollective: Bool

  /// A mistake; in data or files unless `kind` says otherwise.
  public init(_ description: String, kind: Kind = .data, isCollective: Bool = false) {
    self.description = description.asMessage(limit: Self.limit)
    self.kind = kind
    self.isCollective = isCollective
  }

  /// Code points of a sentence at most; who says it on which host still comes before it.
  private static let limit = 240
}

extension StringProtocol {
  /// This text as people may be shown it: control characters escaped, so that a file cannot write
  /// to a terminal, and the middle left out where it is longer than `limit` code points.
  public func asMessage(limit: Int) -> String {
    // A file of megabytes is not looked at as a whole: what is not shown is not escaped either.
    var scalars = Array(unicodeScalars.prefix(limit + 1))
    if scalars.count > limit { scalars = Self.withoutMiddle(unicodeScalars, limit: limit) }
    var text = String.UnicodeScalarView()
    for scalar in scalars { text.append(contentsOf: scalar.escaped.unicodeScalars) }
    // Escapes are longer than what they stand for.
    guard text.count > limit else { return String(text) }
    return String(String.UnicodeScalarView(Self.withoutMiddle(text, limit: limit)))
  }

  /// A user's word as a message quotes it: in quotation marks, escaped, its middle left out where
  /// it is long.
  public var quoted: String { "'\(asMessage(limit: 60))'" }

  private static func withoutMiddle(
    _ scalars: some BidirectionalCollection<Unicode.Scalar>, limit: Int
  ) -> [Unicode.Scalar] {
    let tail = limit / 3
    return scalars.prefix(limit - tail - 1) + ["…"] + scalars.suffix(tail)
  }
}

extension Unicode.Scalar {
  /// The code point as it may stand in a line for people.
  fileprivate var escaped: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    // What ends lines elsewhere, and what turns the direction of the text after it.
    case "\u{2028}", "\u{2029}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
      "\u{2066}"..."\u{2069}", "\u{FEFF}":
      "\\u{\(String(value, radix: 16, uppercase: true))}"
    case _ where properties.generalCategory == .control:
      "\\u{\(String(value, radix: 16, uppercase: true))}"
    default: String(self)
    }
  }
}
