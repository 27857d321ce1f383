import Foundation

/// Which file it is, whatever it is called.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t

  /// That of what `stat` has found.
  init(_ status: stat) { (device, number) = (status.st_dev, status.st_ino) }

  /// - Returns: nil if there is nothing of that name.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// - Returns: nil if the descriptor is closed.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }
}

/// What tells whether a file has changed.
struct FileState: Equatable {
  let identity: FileIdentity
  let size: Int
  /// When it was written to last, in nanoseconds.
  let time: Int

  /// - Returns: nil if the descriptor is not that of a regular file.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  /// - Returns: nil if there is no regular file of that name.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  private init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    identity = FileIdentity(status)
    size = Int(status.st_size)
    time = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
  }
}
