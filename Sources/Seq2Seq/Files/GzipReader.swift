import CZlib
import Foundation

/// Reads a descriptor to its end, uncompressed if it begins as gzip says and as it is if not.
///
/// A gzip file may have several members, one after the other, and zeros behind them (RFC 1952).
/// What else stands there, and an end before the end, is an error: text would be lost in silence.
final class GzipReader {
  /// What is wrong with what was read.
  enum Failure: Error {
    /// The system's call failed.
    case system(String)
    /// It is not what gzip says.
    case damaged
  }

  private let descriptor: Int32
  private var stream = z_stream()
  private var input = [UInt8](repeating: 0, count: 1 << 17)
  private var filled = 0
  private var position = 0
  private var mode = Mode.unknown

  private enum Mode { case unknown, plain, member, betweenMembers }

  /// A reader of what comes from a descriptor, which stays the caller's.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { inflateEnd(&stream) }

  /// Puts bytes into `output`.
  ///
  /// - Returns: how many; 0 at the end.
  /// - Throws: `Failure`, or `InputError` if a signal stopped it.
  func read(into output: inout [UInt8]) throws -> Int {
    while true {
      if position == filled {
        try fill()
        if filled == 0 {
          guard mode != .member else { throw Failure.damaged }
          return 0
        }
      }
      switch mode {
      case .unknown: try begin()
      case .plain:
        let count = min(output.count, filled - position)
        output.replaceSubrange(0..<count, with: input[position..<position + count])
        position += count
        return count
      case .member:
        let count = try inflate(into: &output)
        if count > 0 { return count }
      case .betweenMembers:
        if input[position] == 0 { position += 1 } else { try begin() }
      }
    }
  }

  /// Looks at how the bytes begin.
  private func begin() throws {
    // The two bytes may come in two pieces.
    if filled - position == 1, input[position] == 0x1F {
      input[0] = input[position]
      position = 0
      try fill(behind: 1)
    }
    let isMember = input[position] == 0x1F && filled - position > 1 && input[position + 1] == 0x8B
    switch (mode, isMember) {
    case (.unknown, true):
      let size = Int32(MemoryLayout<z_stream>.size)
      // 15 bits of window, and 16 for gzip's header.
      guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
        throw Failure.system("zlib has too little memory")
      }
      mode = .member
    case (.unknown, false): mode = .plain
    case (_, true):
      inflateReset(&stream)
      mode = .member
    case (_, false): throw Failure.damaged
    }
  }

  private func inflate(into output: inout [UInt8]) throws -> Int {
    let room = output.count
    let code = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress! + position
        stream.avail_in = UInt32(filled - position)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(room)
        return CZlib.inflate(&stream, Z_NO_FLUSH)
      }
    }
    position = filled - Int(stream.avail_in)
    switch code {
    case Z_STREAM_END: mode = .betweenMembers
    case Z_OK, Z_BUF_ERROR: break
    default: throw Failure.damaged
    }
    return room - Int(stream.avail_out)
  }

  /// Reads what comes next, behind some bytes that are kept.
  private func fill(behind kept: Int = 0) throws {
    while true {
      // Asked first: a read would be taken up again after a signal, and wait on.
      try Interruption.awaitInput(descriptor)
      let limit = input.count - kept
      let count = input.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress! + kept, limit)
      }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw Failure.system(systemMessage()) }
      (position, filled) = (0, kept + count)
      return
    }
  }
}
