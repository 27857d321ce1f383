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
  }

  /// Where the file is.
  let path: String
  /// The hosts, in the order of the file.
  let hosts: [Host]
  /// Ranks that a host can have at most.
  private static let limit = 65536

  /// Reads a hostfile.
  ///
  /// - Throws: `InputError` naming file and line.
  init(_ path: String) throws {
    let text: String
    do {
      text = try TextFile.contents(of: path, limit: 1 << 20)
    } catch let error as InputError {
      throw InputError("the hostfile: \(error.description)", kind: .usage)
    }
    var hosts: [Host] = []
    for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      func refuse(_ reason: String) -> InputError {
        InputError("\(path):\(index + 1): \(reason)", kind: .usage)
      }
      let entry = line.prefix { $0 != UInt8(ascii: "#") }
      guard !entry.contains(0x0D) else {
        throw refuse(
          "mpirun takes no line that ends as in Windows; make the file anew with `sed -i 's/\\r$//'`"
        )
      }
      let words = entry.split { $0 == 0x20 || $0 == 0x09 }.map { String(Substring($0)) }
      guard let name = words.first else { continue }
      guard name.utf8.allSatisfy(Self.isAllowed) else {
        throw refuse("\(name.quoted) is no name of a host")
      }
      var slots: Int?
      for word in words.dropFirst() {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["slots", "max_slots", "max-slots"].contains(parts[0]) else {
          throw refuse("\(word.quoted) is not slots=N or max_slots=N")
        }
        // mpirun takes no sign.
        guard parts[1].first != "+", let count = Int(parts[1]), (1...Self.limit).contains(count)
        else {
          throw refuse("\(word.quoted) must be a whole number from 1 to \(Self.limit)")
        }
        if parts[0] == "slots" { slots = count }
      }
      hosts.append(Host(name: name, slots: slots))
    }
    guard !hosts.isEmpty else { throw InputError("\(path) names no host", kind: .usage) }
    self.path = path
    self.hosts = hosts
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
