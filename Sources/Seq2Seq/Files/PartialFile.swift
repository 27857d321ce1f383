import Foundation

/// A file on its way to its name: it has another one beside it until it is complete, so that whatever
/// happens the name stands for a whole file.
///
/// The other name cannot be foreseen and is made anew. Its maker holds a lock on it; what a killed
/// process leaves has none, and `sweep(_:)` removes it.
final class PartialFile {
  /// The name that it will have.
  let path: String
  /// The name that it has.
  let temporary: String
  /// Open for writing.
  let descriptor: Int32
  private let isOwn: Bool
  private var isPublished = false
  private static let ending = ".partial"

  /// Makes an empty file.
  ///
  /// - Parameter path: the name that it will have; a link there has been followed before.
  /// - Throws: `InputError` naming the file.
  init(for path: String) throws {
    self.path = path
    isOwn = true
    while true {
      let temporary = "\(path).\(Self.randomNumber)\(Self.ending)"
      let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw writeFailure(path) }
      // Where the file system knows no locks nothing is swept either.
      _ = flock(file, LOCK_EX | LOCK_NB)
      var status = stat()
      if fstat(file, &status) == 0, status.st_nlink > 0 {
        (self.temporary, descriptor) = (temporary, file)
        return
      }
      // Somebody swept it before it was locked.
      close(file)
    }
  }

  /// 16 hexadecimal digits.
  private static var randomNumber: String {
    var generator = SystemRandomNumberGenerator()
    let digits = String(generator.next(), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Opens the file of another process, which publishes it.
  init(for path: String, madeAs temporary: String) throws {
    self.path = path
    self.temporary = temporary
    isOwn = false
    descriptor = open(temporary, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw writeFailure(path) }
  }

  deinit {
    close(descriptor)
    if isOwn, !isPublished { unlink(temporary) }
  }

  /// Returns when what was written is on the disk.
  func synchronize() throws {
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { throw writeFailure(path) }
    }
  }

  /// Gives the file its name, for good.
  func publish() throws {
    guard rename(temporary, path) == 0 else { throw writeFailure(path) }
    isPublished = true
    let folder = open(parentFolder(of: path), O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      // Not every file system can do this to a folder.
      fsync(folder)
      close(folder)
    }
  }

  /// Removes from a folder what killed processes left on its way to a name.
  ///
  /// - Parameters:
  ///   - folder: where to look.
  ///   - wanted: the name; any name if nil.
  static func sweep(_ folder: String, of wanted: String? = nil) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard let target = target(of: name),
        wanted.map({ $0.utf8.elementsEqual(target.utf8) }) ?? true
      else { continue }
      let path = "\(folder)/\(name)"
      let file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
      guard file >= 0 else { continue }
      if flock(file, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
      close(file)
    }
  }

  /// The name that a file is on its way to; nil if its own is none that this type gives.
  private static func target(of name: String) -> String? {
    let bytes = Array(name.utf8)
    let length = ending.utf8.count + 17
    guard bytes.count > length, bytes.suffix(ending.utf8.count).elementsEqual(ending.utf8) else {
      return nil
    }
    let number = bytes.dropLast(ending.utf8.count).suffix(17)
    guard number.first == UInt8(ascii: "."),
      number.dropFirst().allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    return String(decoding: bytes.dropLast(length), as: UTF8.self)
  }
}

/// The error of the call that failed last, in writing `path`.
func writeFailure(_ path: String) -> InputError {
  InputError("cannot write \(path): \(systemMessage())", kind: .stopped)
}
