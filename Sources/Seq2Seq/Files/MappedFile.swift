import Foundation

/// A regular file's bytes, read-only, through the page cache that all processes of a machine share.
final class MappedFile {
  /// Where the file is, for messages.
  let path: String
  /// The bytes.
  let bytes: UnsafeRawBufferPointer

  /// Maps a file.
  ///
  /// - Throws: `InputError` naming the file.
  convenience init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw InputError("cannot read \(path): \(systemMessage())") }
    defer { close(descriptor) }
    try self.init(descriptor: descriptor, path: path)
  }

  /// Maps an open file, which may be closed afterwards.
  init(descriptor: Int32, path: String) throws {
    self.path = path
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw InputError("cannot read \(path): \(systemMessage())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw InputError("cannot read \(path): it is not a regular file")
    }
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let size = Int(status.st_size)
    guard let base = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), base != MAP_FAILED
    else { throw InputError("cannot map \(path): \(systemMessage())") }
    bytes = UnsafeRawBufferPointer(start: base, count: size)
  }

  deinit {
    if let base = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    }
  }
}
