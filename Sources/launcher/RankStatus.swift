import Foundation

/// What the ranks of a job are doing, kept where the process that started them can read it when
/// one of them has died.
///
/// Each rank keeps a line of text in a small file that it has mapped into memory, so that the
/// line is there whatever ends the rank.
struct RankStatus {
  /// The variable with the folder of these files.
  static let folderVariable = "SEQ2SEQ_STATUS"
  private static let size = 256

  private let memory: UnsafeMutablePointer<UInt8>

  /// Begins to keep the status of a rank; nil where nobody asked for it.
  init?(rank: Int) {
    guard let folder = ProcessInfo.processInfo.environment[Self.folderVariable] else { return nil }
    let file = open("\(folder)/\(rank)", O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard ftruncate(file, off_t(Self.size)) == 0,
      let base = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      base != MAP_FAILED
    else { return nil }
    memory = base.assumingMemoryBound(to: UInt8.self)
  }

  /// Says what the rank does from now on.
  func says(_ text: String) {
    var index = 0
    for byte in text.utf8.prefix(Self.size - 1) {
      memory[index] = byte
      index += 1
    }
    memory[index] = 0
  }

  /// What a rank of this machine said last.
  static func text(ofRank rank: Int, in folder: String) -> String? {
    FileManager.default.contents(atPath: "\(folder)/\(rank)").map {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
