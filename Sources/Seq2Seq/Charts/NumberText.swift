import Foundation

/// Numbers as people read them.
enum NumberText {
  /// With so many digits after the point, and the thousands apart.
  static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
    let parts = String(format: "%.\(digits)f", abs(value)).split(separator: ".")
    var whole = ""
    for (place, digit) in parts[0].reversed().enumerated() {
      if place > 0, place.isMultiple(of: 3) { whole.append(",") }
      whole.append(digit)
    }
    return (value < 0 ? "−" : "") + whole.reversed() + (parts.count > 1 ? "." + parts[1] : "")
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
