import Foundation

/// The bytes of a text that is read, wherever they come from.
///
/// A regular file is mapped into memory. What can be read only once (a FIFO, what `<(…)` makes, a
/// terminal) and what is compressed by gzip is kept aside in a file without a name, and that is
/// mapped: whoever reads a text twice need not know.
final class InputFile {
  /// Where the text is, for messages.
  let path: String
  private let file: MappedFile

  /// The bytes, uncompressed.
  var bytes: UnsafeRawBufferPointer { file.bytes }

  /// Opens a text.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: bytes that the text may have.
  /// - Throws: `InputError` naming the file.
  init(_ path: String, limit: Int = .max) throws {
    self.path = path
    // A FIFO that nobody writes to yet would block here, without a word.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw Self.unreadable(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path) }
    let isPipe = status.st_mode & S_IFMT == S_IFIFO
    if isPipe { try Self.awaitWriter(descriptor, path: path) }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    switch status.st_mode & S_IFMT {
    case S_IFREG where !Self.isCompressed(descriptor):
      file = try MappedFile(descriptor: descriptor, path: path)
    case S_IFREG, S_IFIFO:
      file = try Self.keptAside(descriptor, path: path, limit: limit)
    case S_IFCHR where isatty(descriptor) != 0 || status.st_rdev == Self.null:
      file = try Self.keptAside(descriptor, path: path, limit: limit)
    case S_IFDIR:
      throw InputError("cannot read \(path): it is a folder")
    default:
      throw InputError("cannot read \(path): it is neither a file nor a pipe")
    }
    guard file.bytes.count <= limit else { throw Self.tooLarge(path, limit: limit) }
  }

  /// `/dev/null`, as Linux numbers devices.
  private static let null: dev_t = 1 << 8 | 3

  private static func unreadable(_ path: String) -> InputError {
    InputError("cannot read \(path): \(systemMessage())")
  }

  private static func tooLarge(_ path: String, limit: Int) -> InputError {
    InputError("\(path) has more than \(limit) bytes, the most that it may have")
  }

  /// Whether a file begins as gzip says; no UTF-8 text does.
  private static func isCompressed(_ descriptor: Int32) -> Bool {
    var start: [UInt8] = [0, 0]
    return pread(descriptor, &start, 2, 0) == 2 && start == [0x1F, 0x8B]
  }

  /// Returns when a pipe has something to read, or ended; says so if that takes long.
  private static func awaitWriter(_ descriptor: Int32, path: String) throws {
    if awaitReady(descriptor, POLLIN, milliseconds: 2000) { return }
    writeToStandardError("launcher: warning: waiting for a writer of \(path.asMessage(limit: 200))")
    try Interruption.awaitInput(descriptor)
  }

  /// Copies what can be read, uncompressed if it is compressed, to a file without a name.
  private static func keptAside(
    _ descriptor: Int32, path: String, limit: Int
  ) throws -> MappedFile {
    let copy = try TemporaryFile.unnamed()
    defer { close(copy) }
    let reader = GzipReader(descriptor)
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
    var total = 0
    do {
      while case let count = try reader.read(into: &buffer), count > 0 {
        total += count
        guard total <= limit else { throw tooLarge(path, limit: limit) }
        try buffer.withUnsafeBytes { bytes in
          try writeAll(UnsafeRawBufferPointer(rebasing: bytes[..<count]), to: copy) {
            let reason = systemMessage()
            return InputError(
              "cannot keep \(path) aside in \(TemporaryFile.parent): \(reason)", kind: .stopped)
          }
        }
      }
    } catch GzipReader.Failure.system(let reason) {
      throw InputError("cannot read \(path): \(reason)")
    } catch GzipReader.Failure.damaged {
      throw InputError(
        "\(path) is compressed by gzip, but cut off or damaged after \(total) bytes of text")
    }
    return try MappedFile(descriptor: copy, path: path)
  }
}
