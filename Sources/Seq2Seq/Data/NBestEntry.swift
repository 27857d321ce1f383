/// A hypothesis of an n-best list, and the line of it in Moses' format:
/// `id ||| text ||| features ||| total`, and perhaps more fields.
///
/// `|||` parts fields where it stands alone, between blanks or at an end of the line, and one blank at each side
/// of it is no part of a field. A text that has such a `|||` is written with `&#124;&#124;&#124;` in its place.
public struct NBestEntry: Sendable, Equatable {
  /// The number of the source line, from 0.
  public var id: Int
  /// The translation.
  public var text: String
  /// Named numbers, as they stand in the line: `LM0= -12.5 TM0= -1 -2`.
  public private(set) var features: String
  /// What hypotheses are ranked by; the larger, the better.
  public var total: Double
  /// The fields after the total, as they stand in the line; Moses writes alignments there.
  public var rest: [String]

  /// A hypothesis without features.
  public init(id: Int, text: String, total: Double, rest: [String] = []) {
    (self.id, self.text, self.total, self.rest) = (id, text, total, rest)
    features = ""
  }

  /// Reads a line.
  ///
  /// - Parameters:
  ///   - line: without its end.
  ///   - place: where it stands, for messages.
  /// - Throws: `InputError` if fields are missing, the id is no whole number from 0 on, or the total no finite
  ///   number.
  public init(_ line: String, at place: @autoclosure () -> String) throws {
    let fields = Self.fields(of: line)
    guard fields.count >= 4 else {
      throw InputError(
        "\(place()): \(fields.count) field\(fields.count == 1 ? "" : "s"); a line of an n-best list is "
          + "'id ||| text ||| features ||| total'")
    }
    let (id, total) = (Self.trimmed(fields[0]), Self.trimmed(fields[3]))
    guard let number = Self.wholeNumber(id) else {
      throw InputError("\(place()): the id \(id.quoted) is no whole number from 0 on")
    }
    guard let value = Self.decimal(total) else {
      throw InputError(
        "\(place()): the total \(total.quoted) is no finite number; does the text have a ||| of its own?"
      )
    }
    (self.id, self.total) = (number, value)
    text = Self.replacing(Self.escapedSeparator, by: Self.separator, in: fields[1])
    features = fields[2]
    rest = Array(fields[4...])
  }

  /// Adds a feature after the others.
  ///
  /// - Parameters:
  ///   - name: without `=` and blanks.
  ///   - values: its numbers.
  public mutating func addFeature(_ name: String, _ values: [Double]) {
    let feature = ([name + "="] + values.map { "\($0)" }).joined(separator: " ")
    features += (features.isEmpty || features.utf8.last?.isBlank == true ? "" : " ") + feature
  }

  /// Whether there is a feature of that name.
  func hasFeature(_ name: String) -> Bool {
    features.utf8.split(whereSeparator: \.isBlank).contains { $0.elementsEqual((name + "=").utf8) }
  }

  /// The line, without its end.
  public var line: String {
    let text = Self.replacing(Self.separator, by: Self.escapedSeparator, in: text)
    return (["\(id)", text, features, "\(total)"] + rest).joined(separator: " \(Self.separator) ")
  }

  private static let separator = "|||"
  private static let escapedSeparator = "&#124;&#124;&#124;"

  private static func fields(of line: String) -> [String] {
    let bytes = Array(line.utf8)
    var fields: [String] = []
    var start = 0
    for range in places(of: separator, in: bytes) + [bytes.count..<bytes.count] {
      var field = bytes[start..<max(start, range.lowerBound)]
      if start > 0, field.first?.isBlank == true { field.removeFirst() }
      if range.upperBound > range.lowerBound, field.last?.isBlank == true { field.removeLast() }
      fields.append(String(decoding: field, as: UTF8.self))
      start = range.upperBound
    }
    return fields
  }

  /// Where a symbol stands alone.
  private static func places(of symbol: String, in bytes: [UInt8]) -> [Range<Int>] {
    let symbol = Array(symbol.utf8)
    var places: [Range<Int>] = []
    var index = 0
    while index + symbol.count <= bytes.count {
      let range = index..<index + symbol.count
      if bytes[index] == symbol[0], bytes[range].elementsEqual(symbol),
        index == 0 || bytes[index - 1].isBlank,
        range.upperBound == bytes.count || bytes[range.upperBound].isBlank
      {
        places.append(range)
        index = range.upperBound
      } else {
        index += 1
      }
    }
    return places
  }

  /// The text with another symbol wherever one stands alone.
  private static func replacing(_ symbol: String, by other: String, in text: String) -> String {
    let bytes = Array(text.utf8)
    let places = places(of: symbol, in: bytes)
    guard !places.isEmpty else { return text }
    var result: [UInt8] = []
    var start = 0
    for place in places {
      result += bytes[start..<place.lowerBound] + Array(other.utf8)
      start = place.upperBound
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }

  private static func trimmed(_ field: String) -> String {
    var field = field[...]
    while field.utf8.first?.isBlank == true { field.removeFirst() }
    while field.utf8.last?.isBlank == true { field.removeLast() }
    return String(field)
  }

  private static func wholeNumber(_ text: String) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }

  /// A number as people write it: not `0x1p3`, `nan` or `inf`, and none that is too large.
  private static func decimal(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ "+-.0123456789eE".utf8.contains($0) }), let value = Double(text),
      value.isFinite
    else { return nil }
    return value
  }
}
