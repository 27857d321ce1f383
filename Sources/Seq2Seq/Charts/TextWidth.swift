/// How much room text takes, without a font at hand: as wide as DejaVu Sans, the widest of the
/// usual sans-serif fonts, so that what is laid out by it never overlaps.
enum TextWidth {
  /// The width of a text, in pixels.
  ///
  /// - Parameter size: of the font, in pixels.
  static func of(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + width(of: $1) } * size
  }

  /// The text, its end left out where it is wider than `width` pixels.
  static func fitted(_ text: String, to width: Double, size: Double) -> String {
    // What no line has room for is not measured either.
    let text = String(text.prefix(400))
    guard of(text, size: size) > width else { return text }
    var kept = ""
    var used = of("…", size: size)
    for character in text {
      used += of(String(character), size: size)
      guard used <= width else { break }
      kept.append(character)
    }
    return kept + "…"
  }

  /// Of a character, in units of the font's size.
  private static func width(of scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "'", "|": 0.29
    case " ", ".", ",", ":", ";", "/", "!", "I", "\\": 0.34
    case "f", "r", "t", "(", ")", "[", "]", "-": 0.42
    case "m", "w", "M", "W", "%", "@", "…": 1
    case "A"..."Z", "+", "=", "<", ">", "#", "~", "−": 0.84
    case "\u{20}"..."\u{7E}": 0.64
    case "\u{1100}"..."\u{115F}", "\u{2E80}"..."\u{A4CF}", "\u{AC00}"..."\u{D7A3}",
      "\u{F900}"..."\u{FAFF}", "\u{FF00}"..."\u{FF60}":
      1.05
    case "\u{1F000}"..."\u{10FFFF}": 1.4
    default: scalar.properties.generalCategory == .nonspacingMark ? 0 : 0.84
    }
  }
}
