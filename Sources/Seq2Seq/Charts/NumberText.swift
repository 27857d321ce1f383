import Foundation

/// Numbers as people read them.
public enum NumberText {
  /// With so many digits after the point, and the thousands apart.
  static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
    let parts = String(format: "%.\(digits)f", abs(value)).split(separator: ".")
    return (value < 0 ? "−" : "") + grouped(parts[0]) + (parts.count > 1 ? "." + parts[1] : "")
  }

  /// The digits of a whole number, the thousands apart.
  public static func grouped(_ digits: some StringProtocol) -> String {
    var text = ""
    for (place, digit) in digits.reversed().enumerated() {
      if place > 0, place.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  /// With the thousands apart.
  static func whole(_ value: Int) -> String { fixed(Double(value), digits: 0) }

  /// With three digits that count, or all of a whole number below a million.
  static func short(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, digits: 0) }
    guard (1e-4 * (1 - 1e-9)..<1e6).contains(abs(value)) else {
      return String(format: "%.3g", value).replacing("e+", with: "e").replacing("-", with: "−")
    }
    let digits = max(0, 2 - Int(log10(abs(value)).rounded(.down)))
    var text = fixed(value, digits: digits)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text
  }
}
