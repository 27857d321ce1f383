import Foundation

/// UTF-8 text, a line at a time.
struct TextFile {
  private let file: MappedFile

  /// Opens a text file.
  ///
  /// - Throws: `InputError` naming the file.
  init(_ path: String) throws { file = try MappedFile(path) }

  /// Where the file is.
  var path: String { file.path }
  /// Its size.
  var byteCount: Int { file.bytes.count }

  /// The lines, without their ends; a carriage return before the end is part of it.
  var lines: Lines { Lines(file: file) }

  /// An iterator of lines.
  struct Lines {
    fileprivate let file: MappedFile
    private var position = 0
    /// The number of the line that `next()` returned last, from 1.
    private(set) var number = 0

    fileprivate init(file: MappedFile) { self.file = file }

    /// Bytes read so far.
    var byteOffset: Int { position }

    /// The next line, or nil at the end.
    ///
    /// - Throws: `InputError` naming file and line where the text is not UTF-8.
    mutating func next() throws -> String? {
      guard position < file.bytes.count else { return nil }
      number += 1
      let rest = UnsafeRawBufferPointer(rebasing: file.bytes[position...])
      var length = rest.count
      if let end = memchr(rest.baseAddress!, 0x0A, rest.count) {
        length = UnsafeRawPointer(end) - rest.baseAddress!
      }
      position += length + 1
      var line = UnsafeRawBufferPointer(rebasing: rest[..<length])
      if line.last == 0x0D { line = UnsafeRawBufferPointer(rebasing: line.dropLast()) }
      guard let text = String(validating: line.assumingMemoryBound(to: UInt8.self), as: UTF8.self)
      else { throw InputError("\(file.path):\(number): not valid UTF-8") }
      return text
    }
  }

  /// A whole small file.
  ///
  /// - Throws: `InputError` if it is larger than `limit` bytes or not UTF-8.
  static func contents(of path: String, limit: Int) throws -> String {
    let file = try MappedFile(path)
    guard file.bytes.count <= limit else {
      throw InputError("\(path) has \(file.bytes.count) bytes; \(limit) are the most it may have")
    }
    let bytes = file.bytes.assumingMemoryBound(to: UInt8.self)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InputError("\(path) is not valid UTF-8")
    }
    return text
  }
}
