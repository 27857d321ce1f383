import Foundation

/// A file of tensors in the safetensors format: 8 bytes with the length of a JSON header, the
/// header, and the tensors' bytes (huggingface/safetensors, "Format").
///
/// The file is untrusted: before a tensor is handed out, its type, shape and range have been
/// checked against the file's size, and that tensors neither overlap nor leave holes.
struct SafeTensorsFile {
  /// A thousand layers have a header of a megabyte.
  private static let headerLimit = 16 << 20

  private let file: MappedFile
  private let dataOffset: Int
  private let header: SafeTensorsHeader
  private var entries: [String: SafeTensorsHeader.Entry] { header.entries }

  /// What the file says of itself.
  var metadata: [String: String] { header.metadata }

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
    do {
      guard let header = try SafeTensorsHeader(.init(rebasing: bytes[8..<dataOffset])) else {
        throw InputError("\(path): the header is not what the safetensors format wants")
      }
      self.header = header
    } catch let repeated as SafeTensorsHeader.RepeatedName {
      throw InputError("\(path): the header has \(repeated.name.quoted) twice")
    }
    try checkRanges(dataSize: bytes.count - dataOffset)
  }

  private func checkRanges(dataSize: Int) throws {
    var end = 0
    let ranges = try entries.map { name, entry in
      let bytes = try bytes(of: name, entry)
      return (name: name, start: bytes.lowerBound, end: bytes.upperBound)
    }
    for range in ranges.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
      guard range.start == end else {
        throw InputError(
          "\(file.path): tensor \(range.name.asMessage(limit: 60)) begins at byte \(range.start) instead of \(end)"
        )
      }
      end = range.end
    }
    guard end == dataSize else {
      throw InputError(
        "\(file.path) is truncated or damaged: its tensors take \(end) bytes, and \(dataSize) are "
          + "there")
    }
  }

  /// Where a tensor lies, whose kind and shape fit that.
  private func bytes(of name: String, _ entry: SafeTensorsHeader.Entry) throws -> Range<Int> {
    let tensor = "\(file.path): tensor \(name.asMessage(limit: 60))"
    guard entry.dtype == "F32" else {
      throw InputError("\(tensor) is \(entry.dtype.quoted); only F32 can be read")
    }
    var count = 4
    for dimension in entry.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else {
        throw InputError("\(tensor) has an impossible shape \(entry.shape)")
      }
      count = product
    }
    let offsets = entry.dataOffsets
    guard offsets.count == 2, offsets[0] >= 0, offsets[1] >= offsets[0],
      offsets[1] - offsets[0] == count
    else { throw InputError("\(tensor) of shape \(entry.shape) cannot lie at \(offsets)") }
    return offsets[0]..<offsets[1]
  }

  /// The shape of a tensor, or nil if there is none of that name.
  func shape(of name: String) -> [Int]? { entries[name]?.shape }

  /// Copies some of a tensor's numbers, whose shape has been looked at, to memory of their size.
  ///
  /// - Throws: `InputError` naming the tensor if one of them is not finite.
  func copy(
    _ name: String, elements: Range<Int>, to target: UnsafeMutablePointer<Float>
  ) throws {
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
    let numbers = UnsafeBufferPointer(start: target, count: elements.count)
    guard let index = numbers.firstIndex(where: { !$0.isFinite }) else { return }
    throw InputError(
      "\(file.path): number \(elements.lowerBound + index) of tensor \(name) is "
        + "\(numbers[index]); a model has finite numbers alone")
  }

  /// The numbers of a tensor.
  func values(_ name: String) throws -> [Float] {
    let count = (shape(of: name) ?? []).reduce(1, *)
    return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      if count > 0 { try copy(name, elements: 0..<count, to: buffer.baseAddress!) }
      initialized = count
    }
  }
}
