import Foundation

/// Reads what a job writes to standard error, and sorts it: what ranks say goes through at once; what
/// MPI says of a job that fails is kept back, for a rank has said more, or this program will.
struct JobErrors {
  /// A rank that `mpirun` saw end by a signal.
  struct Death: Equatable {
    let rank: Int
    let signal: Int32
  }

  /// The first rank that was seen to end by a signal.
  private(set) var death: Death?
  /// What MPI said.
  private(set) var remarks: [String] = []
  /// Whether a rank has said why it failed.
  private(set) var hasMessage = false
  private var isInBlock = false

  /// Takes one line; returns it if it is to be seen now.
  mutating func take(_ line: String) -> String? {
    if line.count > 40, line.allSatisfy({ $0 == "-" }) {
      isInBlock.toggle()
      return nil
    }
    if isInBlock {
      note(line)
      return nil
    }
    // Open MPI begins its own lines with the host and the process.
    if line.hasPrefix("["), let end = line.firstIndex(of: "]"), line[..<end].contains(":") {
      remarks.append(line)
      return nil
    }
    hasMessage =
      hasMessage || (line.hasPrefix("launcher: ") && !line.hasPrefix("launcher: warning: "))
    return line
  }

  /// "mpirun noticed that process rank 4 with PID 0 on node vm exited on signal 9 (Killed)."
  private mutating func note(_ line: String) {
    remarks.append(line)
    let words = line.split(separator: " ")
    guard death == nil, let rank = Self.number(after: "rank", in: words),
      let signal = Self.number(after: "signal", in: words)
    else { return }
    death = Death(rank: rank, signal: Int32(signal))
  }

  private static func number(after word: Substring, in words: [Substring]) -> Int? {
    guard let place = words.firstIndex(of: word), place + 1 < words.count else { return nil }
    return Int(words[place + 1].prefix { $0.isNumber })
  }
}
