import Foundation

/// How much memory there is, of which a run is told before it takes any: a system that is asked for
/// too much kills, or aborts, and says little.
enum MemoryLimits {
  /// An amount of memory and what sets it.
  struct Limit: Equatable {
    /// In bytes.
    let bytes: Double
    /// As a sentence names it: "this machine has".
    let name: String
  }

  /// What all processes of this machine may take together.
  static var ofMachine: Limit {
    let pages = Double(sysconf(Int32(_SC_PHYS_PAGES)))
    let machine = Limit(
      bytes: pages * Double(sysconf(Int32(_SC_PAGESIZE))), name: "this machine has")
    return controlGroups.min { $0.bytes < $1.bytes }.flatMap {
      $0.bytes < machine.bytes ? $0 : nil
    } ?? machine
  }

  /// What this process may still take; nil if it has no limit of its own.
  static var ofProcess: Limit? {
    let sizes =
      (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
      .split(separator: " ").compactMap { Double($0) } ?? []
    let page = Double(sysconf(Int32(_SC_PAGESIZE)))
    // Pages of the address space, and at index 5 those of data and stack.
    return [(Int32(RLIMIT_AS.rawValue), 0, "-v"), (Int32(RLIMIT_DATA.rawValue), 5, "-d")]
      .compactMap { resource, index, flag in
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(UInt32(resource)), &limit) == 0,
          limit.rlim_cur != .max, index < sizes.count
        else { return nil }
        return Limit(
          bytes: max(0, Double(limit.rlim_cur) - page * sizes[index]),
          name: "the limit of this process (ulimit \(flag)) leaves")
      }.min { $0.bytes < $1.bytes }
  }

  /// The limits of this process's control group and of those above it, version 2 or 1.
  private static var controlGroups: [Limit] {
    let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    var files: [String] = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isMemory = fields[1].split(separator: ",").contains("memory")
      guard fields[1].isEmpty || isMemory else { continue }
      let (root, file) =
        isMemory
        ? ("/sys/fs/cgroup/memory", "memory.limit_in_bytes") : ("/sys/fs/cgroup", "memory.max")
      var group = String(fields[2])
      while true {
        files.append("\(root)\(group == "/" ? "" : group)/\(file)")
        guard group != "/", !group.isEmpty else { break }
        group = parentFolder(of: group)
        if group == "." { break }
      }
    }
    return files.compactMap { file in
      (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
        Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }.map { Limit(bytes: $0, name: "its control group allows") }
    }
  }

  /// Checks that memory is there.
  ///
  /// - Parameters:
  ///   - bytes: that this process will take.
  ///   - together: bytes that all processes of this machine will take, if more.
  ///   - what: what takes it, as the subject of a sentence.
  ///   - remedy: what to do if it is too much.
  /// - Throws: `InputError`.
  static func check(_ bytes: Double, together: Double = 0, what: String, remedy: String) throws {
    let total = max(bytes, together)
    for (need, limit) in [(total, Optional(ofMachine)), (bytes, ofProcess)] {
      guard let limit, need > limit.bytes else { continue }
      throw InputError(
        "\(what) takes about \(text(need)) of memory, and \(limit.name) \(text(limit.bytes)); "
          + remedy)
    }
  }

  /// A size for people.
  static func text(_ bytes: Double) -> String {
    bytes < 0.95e9
      ? "\(Int((bytes / 1e6).rounded(.up))) MB" : "\(String(format: "%.1f", bytes / 1e9)) GB"
  }
}

/// Ends this process with a sentence, where memory that had been counted on is not there.
///
/// Nothing can be thrown through the loops that find it out, and nothing would be won: whoever
/// started this process with others ends those too.
func endForLackOfMemory(bytes: Int) -> Never {
  writeToStandardError(
    "launcher: the system refused \(MemoryLimits.text(Double(bytes))) of memory that this process "
      + "asked for; make the model or training.batchSize smaller, or start fewer processes")
  _exit(InputError.Kind.stopped.rawValue)
}
