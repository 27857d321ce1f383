import Foundation
import Seq2Seq

/// The lines of standard input, which must be UTF-8.
struct StandardInput {
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  private var number = 0

  /// The next line without its end, or nil after the last one.
  ///
  /// - Throws: `InputError` naming the line that is not UTF-8.
  mutating func next() throws -> String? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { position = end + 1 }
        return try text(of: buffer[position..<end])
      }
      searched = buffer.count
      guard !isAtEnd else {
        defer { position = buffer.count }
        return position < buffer.count ? try text(of: buffer[position...]) : nil
      }
      searched -= position
      buffer.removeSubrange(..<position)
      position = 0
      read()
    }
  }

  private mutating func read() {
    let limit = 1 << 16
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: limit))
    let count = buffer.withUnsafeMutableBytes { bytes in
      var count = Foundation.read(STDIN_FILENO, bytes.baseAddress! + start, limit)
      while count < 0, errno == EINTR {
        count = Foundation.read(STDIN_FILENO, bytes.baseAddress! + start, limit)
      }
      return max(0, count)
    }
    buffer.removeLast(limit - count)
    isAtEnd = count == 0
  }

  private mutating func text(of line: ArraySlice<UInt8>) throws -> String {
    number += 1
    let line = line.last == 0x0D ? line.dropLast() : line
    guard let text = String(validating: line, as: UTF8.self) else {
      throw InputError("standard input:\(number): not valid UTF-8")
    }
    return text
  }
}
