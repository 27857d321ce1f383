/// A short hash of bytes that says whether two files are the same: 64-bit FNV-1a.
///
/// It tells mixtures and accidents, not forgeries. Swift's own hashes differ from run to run.
struct Fingerprint: Sendable, Equatable {
  /// The hash of what was added.
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  /// As it stands in files: 16 hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Adds bytes.
  mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  /// Adds a text and a line feed.
  mutating func addLine(_ text: String) {
    add(text.utf8)
    add(CollectionOfOne(0x0A))
  }

  /// The hash of a text's UTF-8.
  init(_ text: String = "") { add(text.utf8) }
}
