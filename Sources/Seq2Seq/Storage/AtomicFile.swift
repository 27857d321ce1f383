import Foundation

/// A file that appears under its name complete or not at all.
///
/// Bytes go to a file beside it; `commit()` forces them to the disk and gives them the name. A
/// crash, a full disk or an error before that leaves whatever had the name as it was; what a crash
/// leaves beside it, the next writing overwrites.
final class AtomicFile {
  private let path: String
  private let temporary: String
  private var descriptor: Int32
  private var pending: [UInt8] = []
  private static let pendingLimit = 1 << 20

  /// Begins to write a file.
  ///
  /// - Throws: `InputError` naming the file.
  init(_ path: String) throws {
    self.path = path
    temporary = path + ".partial"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  /// Adds bytes.
  func write(_ bytes: UnsafeRawBufferPointer) throws {
    if pending.count + bytes.count > Self.pendingLimit { try flush() }
    if bytes.count > Self.pendingLimit {
      try writeThrough(bytes)
    } else {
      pending.append(contentsOf: bytes)
    }
  }

  /// Adds a text.
  func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Adds the bytes of numbers, in this machine's order.
  func write<Number: BitwiseCopyable>(_ numbers: [Number]) throws {
    try numbers.withUnsafeBytes { try write($0) }
  }

  /// Gives the file its name.
  func commit() throws {
    try flush()
    guard fsync(descriptor) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
    try Self.rename(temporary, to: path)
  }

  /// Gives a complete file its name, for good.
  static func rename(_ temporary: String, to path: String) throws {
    guard Foundation.rename(temporary, path) == 0 else {
      defer { unlink(temporary) }
      throw failure(path)
    }
    let folder = open(
      URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Writes a whole file.
  static func write(_ text: String, to path: String) throws {
    let file = try AtomicFile(path)
    try file.write(text)
    try file.commit()
  }

  private func flush() throws {
    try pending.withUnsafeBytes { try writeThrough($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(descriptor, part.baseAddress, part.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      rest = rest.dropFirst(count)
    }
  }

  private func failure() -> InputError { Self.failure(path) }

  /// The error of the call that failed last.
  static func failure(_ path: String) -> InputError {
    InputError(
      "cannot write \(path): \(systemMessage()); what was saved before is intact", kind: .stopped)
  }
}

/// Makes a folder and those above it.
///
/// - Throws: `InputError` naming the folder.
func makeFolder(_ path: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw InputError("cannot make the folder \(path): \(systemMessage())", kind: .stopped)
  }
}
