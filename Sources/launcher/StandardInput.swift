import Foundation
import Seq2Seq

/// The lines of standard input, which must be UTF-8 (see `TextLine` for what a line is).
struct StandardInput {
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private var number = 0

  /// The next lines: one that is waited for, and what is there already, up to `limit` in all. None
  /// after the last one.
  ///
  /// - Throws: `InputError` naming the line that is not UTF-8, or why nothing can be read.
  mutating func next(atMost limit: Int) throws -> [String] {
    var lines: [String] = []
    while lines.count < limit, let line = try next(waits: lines.isEmpty) { lines.append(line) }
    return lines
  }

  private mutating func next(waits: Bool) throws -> String? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { position = end + 1 }
        return try text(of: position..<end)
      }
      searched = buffer.count
      if isAtEnd {
        defer { position = buffer.count }
        return position < buffer.count ? try text(of: position..<buffer.count) : nil
      }
      guard waits || Self.hasMore else { return nil }
      guard buffer.count - position <= TextLine.limit else {
        throw TextLine.tooLong("standard input:\(number + 1)")
      }
      searched -= position
      buffer.removeSubrange(..<position)
      position = 0
      try read()
    }
  }

  /// Whether a read would not wait.
  private static var hasMore: Bool { awaitReady(STDIN_FILENO, POLLIN, milliseconds: 0) }

  private mutating func read() throws {
    let limit = 1 << 16
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: limit))
    var count = 0
    repeat {
      count = buffer.withUnsafeMutableBytes {
        Foundation.read(STDIN_FILENO, $0.baseAddress! + start, limit)
      }
      if count < 0, errno == EAGAIN {
        awaitReady(STDIN_FILENO, POLLIN)
        errno = EAGAIN
      }
    } while count < 0 && (errno == EINTR || errno == EAGAIN)
    guard count >= 0 else {
      throw InputError("cannot read standard input: \(systemMessage())")
    }
    buffer.removeLast(limit - count)
    isAtEnd = count == 0
  }

  private mutating func text(of range: Range<Int>) throws -> String {
    number += 1
    let text = buffer.withUnsafeBytes { bytes in
      let line = UnsafeRawBufferPointer(rebasing: bytes[range])
      return TextLine.text(of: number == 1 ? TextLine.withoutMark(line) : line)
    }
    guard let text else { throw InputError("standard input:\(number): not valid UTF-8") }
    return text
  }
}
