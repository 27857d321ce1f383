import Foundation
import Seq2Seq

/// A hostfile as Open MPI reads it: a host on each line, with `slots=N` and `max_slots=N`, and comments
/// after `#`.
struct Hostfile {
  /// A machine of the file.
  struct Host: Equatable {
    let name: String
    /// Ranks that it takes, where the file says so.
    let slots: Int?
    /// Ranks that it takes at most, where the file says so.
    var mostSlots: Int?
  }

  /// The hosts, in the order of the file.
  let hosts: [Host]
  /// Ranks that a host can have at most.
  private static let limit = 65536

  /// Reads a hostfile.
  ///
  /// - Throws: `InputError` naming file and line.
  init(_ path: String) throws {
    do {
      var lines = try TextFile(path).lines
      var hosts: [Host] = []
      while let line = try lines.next() {
        if let host = try Self.host(line, place: "\(path):\(lines.number)") { hosts.append(host) }
      }
      guard !hosts.isEmpty else { throw InputError("\(path) names no host") }
      self.hosts = hosts
    } catch let error as InputError {
      // A file of the command line: so is the mistake.
      throw InputError(error.description, kind: .usage)
    }
  }

  /// The host of a line; nil if there is none.
  private static func host(_ line: String, place: String) throws -> Host? {
    let words = line.utf8.prefix { $0 != UInt8(ascii: "#") }.split { $0 == 0x20 || $0 == 0x09 }
      .map { String(Substring($0)) }
    guard let name = words.first else { return nil }
    guard name.utf8.allSatisfy(isAllowed) else {
      throw InputError("\(place): \(name.quoted) is no name of a host")
    }
    var numbers: [String: Int] = [:]
    for word in words.dropFirst() {
      let parts = word.utf8.split(separator: UInt8(ascii: "="), maxSplits: 1)
        .map { String(Substring($0)) }
      guard parts.count == 2, ["slots", "max_slots", "max-slots"].contains(parts[0]) else {
        throw InputError("\(place): \(word.quoted) is not slots=N or max_slots=N")
      }
      guard let count = Int(parts[1]), (1...limit).contains(count) else {
        throw InputError("\(place): \(word.quoted) must be a whole number from 1 to \(limit)")
      }
      numbers[parts[0] == "slots" ? "slots" : "max_slots"] = count
    }
    return Host(name: name, slots: numbers["slots"], mostSlots: numbers["max_slots"])
  }

  /// The hosts as mpirun reads them: it takes no mark, no carriage return and no pipe.
  var text: String {
    hosts.map { host in
      host.name + (host.slots.map { " slots=\($0)" } ?? "")
        + (host.mostSlots.map { " max_slots=\($0)" } ?? "") + "\n"
    }.joined()
  }

  /// Slots in all; nil where a host does not say how many it has.
  var slots: Int? {
    var total = 0
    for host in hosts {
      guard let slots = host.slots ?? (host.name == "localhost" ? Cores.onNode : nil) else {
        return nil
      }
      total += slots
    }
    return total
  }

  /// Letters, digits, and what stands in addresses and before them.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "-._:@[]%".utf8.contains(byte)
    }
  }
}
