import Foundation

/// Files and folders for a while, in `TMPDIR` or `/tmp`: private to the user, under names that
/// cannot be foreseen, made anew so that no link of somebody else is followed.
public enum TemporaryFile {
  /// The folder that they are made in.
  static var parent: String {
    let folder = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
    return folder.isEmpty ? "/tmp" : folder
  }

  /// A file that has no name and is gone when its descriptor is closed.
  ///
  /// - Throws: `InputError`.
  static func unnamed() throws -> Int32 {
    var name = Array("\(parent)/\(prefix)XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw failure() }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(name)
    return descriptor
  }

  fileprivate static let prefix = "seq2seq-"

  fileprivate static func failure() -> InputError {
    let reason = systemMessage()
    return InputError(
      "cannot make a temporary file in \(parent): \(reason); set TMPDIR to a folder that "
        + "can be written to", kind: .stopped)
  }
}

/// A folder for a while. It is removed by `remove()`, and what a killed process left is swept by the
/// next one: a folder is in use as long as its maker holds a lock on it, which the system takes
/// away from whoever dies.
public final class PrivateFolder {
  /// Where it is.
  public let path: String
  private let lock: Int32

  /// Makes a folder that only this user may enter, and removes what killed processes left.
  ///
  /// - Throws: `InputError`.
  public init() throws {
    Self.sweep()
    var name = Array("\(TemporaryFile.parent)/\(Self.prefix)XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw TemporaryFile.failure() }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    lock = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      let error = TemporaryFile.failure()
      rmdir(path)
      throw error
    }
  }

  /// Removes the folder and what is in it.
  public func remove() { Self.remove(path) }

  deinit { close(lock) }

  private static var prefix: String { "\(TemporaryFile.prefix)run-\(getuid())-" }

  private static func sweep() {
    let parent = TemporaryFile.parent
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let path = "\(parent)/\(name)"
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard folder >= 0 else { continue }
      defer { close(folder) }
      var status = stat()
      // A folder of this minute may be one whose maker has not come to its lock yet.
      guard fstat(folder, &status) == 0, status.st_uid == getuid(),
        time(nil) - status.st_mtim.tv_sec > 60, flock(folder, LOCK_EX | LOCK_NB) == 0
      else { continue }
      remove(path)
    }
  }

  /// The folder holds files alone; links in it are removed, not followed.
  private static func remove(_ path: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
      unlink("\(path)/\(name)")
    }
    rmdir(path)
  }
}
