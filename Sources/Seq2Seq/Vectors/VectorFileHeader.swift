/// The header of a NumPy file (`numpy.lib.format`, version 1.0) of a table of float32 numbers, row by row:
/// eight bytes, the length of a text in two, and the text, a dictionary as Python writes it.
struct VectorFileHeader: Equatable {
  /// Vectors.
  var rows: Int
  /// Numbers of each.
  var columns: Int

  /// Bytes of a header that is written: there is room for any number of rows.
  static let size = 128
  private static let magic: [UInt8] = [0x93] + "NUMPY".utf8
  private static let type = "<f4"

  init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }

  /// The header's bytes, which are NumPy's own.
  var bytes: [UInt8] {
    let text =
      "{'descr': '\(Self.type)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let length = Self.size - 10
    let padding = String(repeating: " ", count: length - text.utf8.count - 1)
    return Self.magic + [1, 0, UInt8(length), 0] + (text + padding + "\n").utf8
  }

  /// Reads the header of a file.
  ///
  /// - Returns: it, and the bytes that it takes.
  /// - Throws: `InputError` naming the file.
  static func read(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws -> (header: VectorFileHeader, size: Int) {
    guard bytes.count >= 10, bytes.starts(with: magic) else {
      throw InputError("\(path) is not a NumPy file, as 'launcher embed' writes them")
    }
    guard (bytes[6], bytes[7]) == (1, 0) else {
      throw InputError(
        "\(path) is a NumPy file of version \(bytes[6]).\(bytes[7]); only 1.0 can be read")
    }
    let size = 10 + Int(bytes[8]) + 256 * Int(bytes[9])
    guard size <= bytes.count else {
      throw InputError(
        "\(path) is truncated: its header takes \(size) bytes, and \(bytes.count) are there")
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[10..<size])
    guard text.allSatisfy({ $0 < 0x80 }),
      let description = try? ArrayDescription(String(decoding: text, as: UTF8.self))
    else { throw InputError("\(path): the header is not what the NumPy format wants") }
    return (try VectorFileHeader(description, path: path), size)
  }

  private init(_ description: ArrayDescription, path: String) throws {
    guard description.type == Self.type else {
      throw InputError(
        "\(path) has numbers of the type \(description.type.quoted); only '\(Self.type)' can be "
          + "read: save array.astype('\(Self.type)')")
    }
    guard !description.isFortranOrder else {
      throw InputError(
        "\(path) lies column by column; save numpy.ascontiguousarray(array)")
    }
    guard description.shape.count == 2, description.shape[1] > 0 else {
      throw InputError(
        "\(path) has the shape \(description.shape); vectors are a table, each a row of numbers")
    }
    self.init(rows: description.shape[0], columns: description.shape[1])
  }
}

/// What the text of a header says of an array.
private struct ArrayDescription {
  private(set) var type = ""
  private(set) var isFortranOrder = false
  private(set) var shape: [Int] = []

  private struct Malformed: Error {}

  /// Reads a dictionary with three keys in any order, each once.
  init(_ text: String) throws {
    var rest = text[...]
    var keys: Set<String> = []
    try Self.take("{", of: &rest)
    while !Self.takeIf("}", of: &rest) {
      let key = try Self.takeQuoted(of: &rest)
      try Self.take(":", of: &rest)
      switch key {
      case "descr": type = try Self.takeQuoted(of: &rest)
      case "fortran_order":
        isFortranOrder = Self.takeIf("True", of: &rest)
        if !isFortranOrder { try Self.take("False", of: &rest) }
      case "shape": shape = try Self.takeNumbers(of: &rest)
      default: throw Malformed()
      }
      guard keys.insert(key).inserted else { throw Malformed() }
      guard Self.takeIf(",", of: &rest) || rest.first == "}" else { throw Malformed() }
    }
    Self.skipBlanks(of: &rest)
    guard rest.isEmpty, keys.count == 3 else { throw Malformed() }
  }

  private static func skipBlanks(of rest: inout Substring) {
    rest = rest.drop { $0 == " " || $0 == "\n" }
  }

  /// Takes a word and the blanks around it, if it is there.
  private static func takeIf(_ word: String, of rest: inout Substring) -> Bool {
    skipBlanks(of: &rest)
    guard rest.hasPrefix(word) else { return false }
    rest = rest.dropFirst(word.count)
    skipBlanks(of: &rest)
    return true
  }

  private static func take(_ word: String, of rest: inout Substring) throws {
    guard takeIf(word, of: &rest) else { throw Malformed() }
  }

  private static func takeQuoted(of rest: inout Substring) throws -> String {
    guard let quote = rest.first, quote == "'" || quote == "\"" else { throw Malformed() }
    let word = rest.dropFirst().prefix { $0 != quote }
    guard word.endIndex < rest.endIndex else { throw Malformed() }
    rest = rest[rest.index(after: word.endIndex)...]
    skipBlanks(of: &rest)
    return String(word)
  }

  private static func takeNumbers(of rest: inout Substring) throws -> [Int] {
    var numbers: [Int] = []
    try take("(", of: &rest)
    while !takeIf(")", of: &rest) {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      // An array has 32 dimensions at most.
      guard let number = Int(digits), numbers.count < 32 else { throw Malformed() }
      numbers.append(number)
      rest = rest[digits.endIndex...]
      guard takeIf(",", of: &rest) || rest.first == ")" else { throw Malformed() }
    }
    return numbers
  }
}
