import Foundation

/// A piece of SVG or HTML: what stands in it as text is escaped, and what is opened is closed.
///
/// A literal is text, not markup, and so is whatever is interpolated into one.
public struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// The characters of a file.
  public private(set) var characters: String

  /// Text, which may be anybody's.
  public init(_ text: String) { characters = text.escapedForMarkup }

  /// A literal as text.
  public init(stringLiteral text: String) { self.init(text) }

  /// Characters that are markup already, and come from this program.
  init(wellFormed characters: String) { self.characters = characters }

  /// An element.
  ///
  /// - Parameters:
  ///   - name: of SVG or HTML.
  ///   - attributes: values are escaped; names come from this program.
  ///   - content: one piece after another.
  public static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: Markup...
  ) -> Markup {
    element(name, attributes, content)
  }

  /// An element whose content is a list.
  public static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: [Markup]
  ) -> Markup {
    var text = "<\(name)"
    for (key, value) in attributes { text += " \(key)=\"\(value.escapedForMarkup)\"" }
    if content.isEmpty, elementsWithoutContent.contains(name) {
      return Markup(wellFormed: text + "/>")
    }
    text += ">"
    for piece in content { text += piece.characters }
    return Markup(wellFormed: text + "</\(name)>")
  }

  /// A style sheet of this program.
  static func style(_ css: String) -> Markup {
    Markup(wellFormed: "<style>\n\(css)</style>")
  }

  static func + (left: Markup, right: Markup) -> Markup {
    Markup(wellFormed: left.characters + right.characters)
  }

  static func += (left: inout Markup, right: Markup) { left.characters += right.characters }

  /// HTML lets only these end without an end tag, and SVG's shapes may.
  private static let elementsWithoutContent: Set = [
    "br", "circle", "col", "hr", "line", "link", "meta", "path", "rect", "wbr",
  ]
}

extension [Markup] {
  /// The pieces one after another, each on lines of its own.
  var joined: Markup { Markup(wellFormed: map(\.characters).joined(separator: "\n")) }
}

extension String {
  /// The text as it may stand in an element or between the quotation marks of an attribute.
  ///
  /// Characters that no XML file may hold become U+FFFD.
  fileprivate var escapedForMarkup: String {
    var escaped = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      case "\t", "\n", "\r", "\u{20}"..."\u{7E}", "\u{A0}"..."\u{FFFD}",
        "\u{10000}"..."\u{10FFFF}":
        escaped.append(scalar)
      default: escaped.append("\u{FFFD}")
      }
    }
    return String(escaped)
  }
}

extension Double {
  /// A coordinate, to a tenth of a pixel.
  var pixels: String {
    guard abs(self) < 1e9 else { return "0" }
    let tenths = Int((self * 10).rounded())
    let rest = abs(tenths % 10)
    return (tenths < 0 ? "-" : "") + "\(abs(tenths) / 10)" + (rest == 0 ? "" : ".\(rest)")
  }
}
