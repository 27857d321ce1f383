import Foundation

/// The JSON header of a safetensors file: the metadata, and of each tensor the type, shape and range.
struct SafeTensorsHeader: Decodable {
  /// What is said of one tensor.
  struct Entry: Decodable {
    /// The type of its numbers.
    var dtype: String
    /// Its dimensions.
    var shape: [Int]
    /// Where its bytes begin and end, after the header.
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  /// The tensors.
  private(set) var entries: [String: Entry] = [:]
  /// `__metadata__`.
  private(set) var metadata: [String: String] = [:]

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for name in container.allKeys {
      if name.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: name)
      } else {
        entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }
  }

  /// Reads a header; nil if it is not what the format wants.
  ///
  /// - Throws: `RepeatedName` if an object of it has two members of one name, of which a decoder
  ///   would take either.
  init?(_ bytes: UnsafeRawBufferPointer) throws {
    guard let header = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    try Self.checkNames(bytes)
    self = header
  }

  /// A name that an object of the header has twice.
  struct RepeatedName: Error {
    /// The name.
    let name: String
  }

  /// Looks for repeated names in JSON that has been decoded before, and so is JSON.
  private static func checkNames(_ bytes: UnsafeRawBufferPointer) throws {
    var objects: [Set<String>] = []
    var index = 0
    var last: Range<Int>?  // the string before this byte, with its quotes
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "{"): objects.append([])
      case UInt8(ascii: "}"): _ = objects.popLast()
      case UInt8(ascii: "\""):
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        last = start..<min(index + 1, bytes.count)
      case UInt8(ascii: ":"):
        guard let range = last, !objects.isEmpty else { break }
        // Escapes make one name of different bytes.
        let text = Data(bytes[range])
        let name = (try? JSONDecoder().decode(String.self, from: text)) ?? ""
        guard objects[objects.count - 1].insert(name).inserted else {
          throw RepeatedName(name: name)
        }
      default: break
      }
      index += 1
    }
  }
}
