import Foundation

/// UTF-8 text, a line at a time.
public struct TextFile {
  private let file: InputFile

  /// Opens a text file: a regular one, a FIFO or what `<(…)` makes, each compressed by gzip or not.
  ///
  /// - Throws: `InputError` naming the file.
  public init(_ path: String) throws { file = try InputFile(path) }

  /// Where the file is.
  var path: String { file.path }
  /// Its size, in bytes.
  var byteCount: Int { file.bytes.count }

  /// The lines, without their ends (see `TextLine`).
  public var lines: Lines { Lines(file: file) }

  /// An iterator of lines.
  public struct Lines {
    private let file: InputFile
    private var position: Int
    /// The number of the line that `next()` returned last, from 1.
    public private(set) var number = 0

    fileprivate init(file: InputFile) {
      self.file = file
      position = file.bytes.count - TextLine.withoutMark(file.bytes).count
    }

    /// Bytes read so far.
    var byteOffset: Int { position }

    /// The next line, or nil at the end.
    ///
    /// - Throws: `InputError` naming file and line where the text is not UTF-8.
    public mutating func next() throws -> String? {
      guard position < file.bytes.count else { return nil }
      number += 1
      let rest = UnsafeRawBufferPointer(rebasing: file.bytes[position...])
      var length = rest.count
      if let end = memchr(rest.baseAddress!, 0x0A, rest.count) {
        length = UnsafeRawPointer(end) - rest.baseAddress!
      }
      guard length <= TextLine.limit else { throw TextLine.tooLong("\(file.path):\(number)") }
      position += length + 1
      let line = UnsafeRawBufferPointer(rebasing: rest[..<length])
      guard let text = TextLine.text(of: line) else {
        throw InputError("\(file.path):\(number): not valid UTF-8")
      }
      return text
    }
  }

  /// A whole small file, its lines as they stand in it.
  ///
  /// - Throws: `InputError` if it is larger than `limit` bytes or not UTF-8.
  public static func contents(of path: String, limit: Int) throws -> String {
    let file = try InputFile(path, limit: limit)
    guard let text = String(validating: TextLine.withoutMark(file.bytes), as: UTF8.self) else {
      throw InputError("\(path) is not valid UTF-8")
    }
    return text
  }
}
