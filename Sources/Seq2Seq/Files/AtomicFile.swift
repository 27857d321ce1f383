import Foundation

/// A file that appears under its name complete or not at all.
///
/// Bytes go to a `PartialFile`; `complete()` forces them to the disk and `publish()` gives them the
/// name. A crash, a full disk or an error before that leaves whatever had the name as it was.
/// Several files that belong together are all completed before the first is published.
///
/// Only a regular file is replaced. A link is followed, and what it leads to is replaced; a device or
/// a FIFO is written to.
public final class AtomicFile {
  private let path: String
  private let partial: PartialFile?
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private static let pendingLimit = 1 << 20

  /// Begins to write a file.
  ///
  /// - Throws: `InputError` naming the file.
  public init(_ path: String) throws {
    self.path = path
    switch try OutputTarget(path) {
    case .file(let resolved):
      PartialFile.sweep(parentFolder(of: resolved), of: lastName(of: resolved))
      let partial = try PartialFile(for: resolved)
      self.partial = partial
      descriptor = partial.descriptor
    case .standard(let number):
      // Written to where it stands: behind what was printed before.
      partial = nil
      descriptor = dup(number)
      guard descriptor >= 0 else { throw writeFailure(path) }
    case .stream:
      partial = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
      guard descriptor >= 0 else { throw writeFailure(path) }
    }
  }

  deinit { if partial == nil { close(descriptor) } }

  /// Adds bytes.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    if pending.count + bytes.count > Self.pendingLimit { try flush() }
    if bytes.count > Self.pendingLimit {
      try writeThrough(bytes)
    } else {
      pending.append(contentsOf: bytes)
    }
  }

  /// Adds a text.
  public func write(_ text: String) throws {
    var text = text
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Adds the bytes of numbers, in this machine's order.
  func write<Number: BitwiseCopyable>(_ numbers: [Number]) throws {
    try numbers.withUnsafeBytes { try write($0) }
  }

  /// Returns when all that was written is on the disk.
  public func complete() throws {
    try flush()
    try partial?.synchronize()
  }

  /// Gives the complete file its name.
  public func publish() throws { try partial?.publish() }

  /// A file with a text, complete, that has not got its name yet.
  static func completed(_ text: String, for path: String) throws -> AtomicFile {
    let file = try AtomicFile(path)
    try file.write(text)
    try file.complete()
    return file
  }

  /// Checks that a file can be written later, and leaves no trace.
  ///
  /// - Throws: `InputError` naming the file.
  public static func check(_ path: String) throws {
    if case .file = try OutputTarget(path) { _ = try AtomicFile(path) }
  }

  /// The size of the file that writing to `path` would replace, in bytes; nil if there is none.
  public static func sizeOfReplaced(_ path: String) -> Int? {
    guard case .file(let resolved)? = try? OutputTarget(path) else { return nil }
    var status = stat()
    return stat(resolved, &status) == 0 && status.st_size > 0 ? Int(status.st_size) : nil
  }

  /// Writes a whole file.
  public static func write(_ text: String, to path: String) throws {
    try completed(text, for: path).publish()
  }

  private func flush() throws {
    try pending.withUnsafeBytes { try writeThrough($0) }
    pending.removeAll(keepingCapacity: true)
  }

  private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws {
    try writeAll(bytes, to: descriptor) { writeFailure(path) }
  }
}

/// What an output path leads to.
enum OutputTarget: Equatable {
  /// A regular file that is there, or a new one, at the end of all links.
  case file(String)
  /// The file that standard output or standard error goes to: replaced, it would lose what is
  /// printed.
  case standard(Int32)
  /// A device or a FIFO, which is written to and never replaced.
  case stream

  /// - Throws: `InputError` naming the path if nothing can be written there.
  init(_ path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw writeFailure(path) }
      self = .file(path)
      return
    }
    if status.st_mode & S_IFMT == S_IFLNK, stat(path, &status) != 0 {
      throw InputError("cannot write \(path): the link leads to nothing", kind: .stopped)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      for number in [STDOUT_FILENO, STDERR_FILENO]
      where FileIdentity(number) == FileIdentity(status) {
        self = .standard(number)
        return
      }
      // A file that has no name any more, only a descriptor, is written to.
      guard let real = realpath(path, nil) else {
        self = .stream
        return
      }
      self = .file(String(cString: real))
      free(real)
    case S_IFDIR: throw InputError("cannot write \(path): it is a folder", kind: .stopped)
    default: self = .stream
    }
  }
}
