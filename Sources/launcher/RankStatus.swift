import Foundation

/// What the ranks of a job are doing, kept where the process that started them can read it when
/// one of them has died.
///
/// Each rank keeps a line of text in a small file that it has mapped into memory, so that the
/// line is there whatever ends the rank. Ranks that `mpirun` stops because another one died say
/// so first; the one that did not is the one that died.
struct RankStatus {
  /// The variable with the folder of these files.
  static let folderVariable = "SEQ2SEQ_STATUS"
  private static let size = 256

  private let memory: UnsafeMutablePointer<UInt8>

  /// Begins to keep the status of a rank; nil where nobody asked for it.
  init?(rank: Int) {
    guard let folder = ProcessInfo.processInfo.environment[Self.folderVariable] else { return nil }
    let file = open("\(folder)/\(rank)", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard ftruncate(file, off_t(Self.size)) == 0,
      let base = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
      base != MAP_FAILED
    else { return nil }
    memory = base.assumingMemoryBound(to: UInt8.self)
    stoppedMark = memory
    signal(SIGTERM) { number in
      stoppedMark?.pointee = 1
      _exit(128 + number)
    }
  }

  /// Says what the rank does from now on.
  func says(_ text: String) {
    var index = 1
    for byte in text.utf8.prefix(Self.size - 2) {
      memory[index] = byte
      index += 1
    }
    memory[index] = 0
  }

  /// The ranks that ended without being stopped, and what each did last.
  static func died(in folder: String) -> [(rank: Int, doing: String)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { Int($0) }.sorted().compactMap { rank in
      guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(rank)"),
        bytes.first == 0
      else { return nil }
      return (rank, String(decoding: bytes.dropFirst().prefix { $0 != 0 }, as: UTF8.self))
    }
  }
}

/// Where a rank notes that it was stopped; set once, before the handler that writes there.
nonisolated(unsafe) private var stoppedMark: UnsafeMutablePointer<UInt8>?
