import Foundation

// The system's calls on descriptors, each with what can interrupt it.

/// What the system says of the call that failed last. To be asked before anything else is called.
public func systemMessage() -> String { String(cString: strerror(errno)) }

/// Returns when a descriptor can be read from or written to, or when a signal comes.
///
/// - Parameters:
///   - descriptor: an open one.
///   - events: `POLLIN` or `POLLOUT`.
///   - milliseconds: to wait at most; −1 is for ever.
/// - Returns: whether it can.
@discardableResult
public func awaitReady(_ descriptor: Int32, _ events: Int32, milliseconds: Int32 = -1) -> Bool {
  var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
  return poll(&request, 1, milliseconds) > 0
}

/// Writes bytes to a descriptor, from `offset` of its file on or where it stands.
func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int? = nil,
  orThrow error: () -> InputError
) throws {
  var rest = bytes[...]
  while !rest.isEmpty {
    let part = UnsafeRawBufferPointer(rebasing: rest)
    let count =
      offset.map { pwrite(descriptor, part.baseAddress, part.count, $0 + rest.startIndex) }
      ?? write(descriptor, part.baseAddress, part.count)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw error() }
    rest = rest.dropFirst(count)
  }
}

/// Writes a line for people to standard error. Nobody is left to tell if that fails.
public func writeToStandardError(_ line: String) {
  var text = line + "\n"
  text.withUTF8 { bytes in
    try? writeAll(UnsafeRawBufferPointer(bytes), to: STDERR_FILENO) { InputError("") }
  }
}
