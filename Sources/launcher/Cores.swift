import Foundation

/// The cores that are really there, which is not always what the machine has.
enum Cores {
  /// Cores that this process may run on: `mpirun` binds ranks to some of them.
  static var allowed: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Cores of this machine, or what its container grants of them.
  static var onNode: Int {
    let online = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
    guard let limit = containerLimit(online: online) else { return online }
    return max(1, min(online, limit))
  }

  /// The processor quota of the control group, version 2: "quota period" in microseconds.
  private static func containerLimit(online: Int) -> Int? {
    guard let text = try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8) else {
      return nil
    }
    let fields = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard fields.count == 2, fields[1] > 0 else { return nil }
    return Int(fields[0] / fields[1])
  }
}
