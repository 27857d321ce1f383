/// What a line, a blank and the beginning of a text are: the one definition for corpora, standard
/// input, vocabularies, configurations and hostfiles.
///
/// Text is UTF-8. A line ends with a line feed and the carriage returns before it; a carriage return
/// within a line is a blank; a byte order mark at the beginning of a text is no part of it. Nothing
/// else ends a line.
public enum TextLine {
  /// The bytes of a byte order mark.
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Bytes that a line may have: more is no sentence, but something that never ends.
  public static let limit = 1 << 26

  /// The error of a longer one.
  public static func tooLong(_ place: String) -> InputError {
    InputError("\(place): a line of more than \(limit) bytes")
  }

  /// The text of a line.
  ///
  /// - Parameter bytes: of the line, without its line feed.
  /// - Returns: nil if the bytes are not UTF-8.
  public static func text(of bytes: UnsafeRawBufferPointer) -> String? {
    var line = bytes[...]
    while line.last == carriageReturn { line = line.dropLast() }
    guard line.contains(carriageReturn) else {
      return String(validating: line, as: UTF8.self)
    }
    return String(validating: line.map { $0 == carriageReturn ? 0x20 : $0 }, as: UTF8.self)
  }

  /// The bytes of a text without a byte order mark.
  public static func withoutMark(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    bytes.starts(with: byteOrderMark)
      ? UnsafeRawBufferPointer(rebasing: bytes[byteOrderMark.count...]) : bytes
  }

  private static let carriageReturn: UInt8 = 0x0D
}

extension UInt8 {
  /// Whether the byte is a blank that parts the symbols of a tokenised line.
  var isBlank: Bool { self == 0x20 || self == 0x09 }
}

extension Unicode.Scalar {
  /// Whether it is white space as Unicode has it, which parts the words of ordinary text.
  var isBlank: Bool {
    isASCII ? value == 0x20 || (0x09...0x0D).contains(value) : properties.isWhitespace
  }
}
