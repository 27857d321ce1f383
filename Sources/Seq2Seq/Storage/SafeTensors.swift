import Foundation

/// A file of tensors in the safetensors format: 8 bytes with the length of a JSON header, the
/// header, and the tensors' bytes (huggingface/safetensors, "Format").
///
/// The file is untrusted: before a tensor is handed out, its type, shape and place have been
/// checked against the file's size, and that tensors neither overlap nor leave holes.
struct SafeTensorsFile {
  private struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var dataOffsets: [Int]

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case dataOffsets = "data_offsets"
    }
  }

  private struct Header: Decodable {
    var entries: [String: Entry] = [:]

    private struct Name: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for name in container.allKeys where name.stringValue != "__metadata__" {
        entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
      }
    }
  }

  private static let headerLimit = 100_000_000

  private let file: MappedFile
  private let dataOffset: Int
  private let entries: [String: Entry]

  /// The names of the tensors, sorted.
  var names: [String] { entries.keys.sorted() }

  /// Maps a file and checks its header.
  ///
  /// - Throws: `InputError` naming the file, and the tensor where one is to blame.
  init(_ path: String) throws {
    file = try MappedFile(path)
    let bytes = file.bytes
    guard bytes.count >= 8 else {
      throw InputError("\(path) is not a safetensors file: it has only \(bytes.count) bytes")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.headerLimit, Int(length) <= bytes.count - 8 else {
      throw InputError(
        "\(path) is truncated or not a safetensors file: its header of \(length) bytes does not "
          + "fit its \(bytes.count) bytes")
    }
    dataOffset = 8 + Int(length)
    let header = Data(bytes: bytes.baseAddress! + 8, count: Int(length))
    guard let decoded = try? JSONDecoder().decode(Header.self, from: header) else {
      throw InputError("\(path): the header is not what the safetensors format wants")
    }
    entries = decoded.entries
    try checkPlaces(dataSize: bytes.count - dataOffset)
  }

  private func checkPlaces(dataSize: Int) throws {
    var end = 0
    let places = try entries.map { name, entry in
      guard entry.dtype == "F32" else {
        throw InputError("\(file.path): tensor \(name) is \(entry.dtype); only F32 can be read")
      }
      var count = 4
      for dimension in entry.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
        guard dimension >= 0, !overflow else {
          throw InputError("\(file.path): tensor \(name) has an impossible shape \(entry.shape)")
        }
        count = product
      }
      guard entry.dataOffsets.count == 2, entry.dataOffsets[0] >= 0,
        entry.dataOffsets[1] >= entry.dataOffsets[0],
        entry.dataOffsets[1] - entry.dataOffsets[0] == count
      else {
        throw InputError(
          "\(file.path): tensor \(name) of shape \(entry.shape) cannot lie at \(entry.dataOffsets)")
      }
      return (name: name, start: entry.dataOffsets[0], end: entry.dataOffsets[1])
    }
    for place in places.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard place.start == end else {
        throw InputError(
          "\(file.path): tensor \(place.name) begins at byte \(place.start) instead of \(end)")
      }
      end = place.end
    }
    guard end == dataSize else {
      throw InputError(
        "\(file.path) is truncated or damaged: its tensors take \(end) bytes, and \(dataSize) are "
          + "there")
    }
  }

  /// The shape of a tensor, or nil if there is none of that name.
  func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Copies some of a tensor's numbers, whose shape has been looked at, to memory of their size.
  func copy(_ name: String, elements: Range<Int>, to target: UnsafeMutablePointer<Float>) {
    guard let entry = entries[name] else { preconditionFailure("no tensor \(name)") }
    precondition(
      elements.lowerBound >= 0
        && 4 * elements.upperBound <= entry.dataOffsets[1] - entry.dataOffsets[0],
      "the tensor has these elements")
    guard !elements.isEmpty, let base = file.bytes.baseAddress else { return }
    // Little endian is what the format says and what this machine has.
    UnsafeMutableRawPointer(target).copyMemory(
      from: base + dataOffset + entry.dataOffsets[0] + 4 * elements.lowerBound,
      byteCount: 4 * elements.count)
  }

  /// The numbers of a tensor.
  func values(_ name: String) -> [Float] {
    let count = (shape(of: name) ?? []).reduce(1, *)
    return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if count > 0 { copy(name, elements: 0..<count, to: buffer.baseAddress!) }
      initialized = count
    }
  }
}
