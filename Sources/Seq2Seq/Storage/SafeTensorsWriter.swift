import Foundation

/// Writes a file of tensors, part by part and, if need be, from several processes: one creates it,
/// all write what they have, one gives it its name.
final class SafeTensorsWriter {
  private let path: String
  private let temporary: String
  private let header: [UInt8]
  private let byteCount: Int
  private var places: [String: Int] = [:]
  private var descriptor: Int32 = -1

  /// A writer of float32 tensors with these names and shapes, in this order.
  init(
    _ path: String, tensors: [(name: String, shape: [Int])], metadata: [String: String]
  ) throws {
    self.path = path
    temporary = path + ".partial"
    var parts = [#""__metadata__":\#(try Self.json(metadata))"#]
    var offset = 0
    for tensor in tensors {
      let end = offset + 4 * tensor.shape.reduce(1, *)
      parts.append(
        #"\#(try Self.json(tensor.name)):{"dtype":"F32","shape":\#(tensor.shape),"#
          + #""data_offsets":[\#(offset),\#(end)]}"#)
      places[tensor.name] = offset
      offset = end
    }
    var text = "{" + parts.joined(separator: ",") + "}"
    // The format aligns the data by blanks after the header.
    text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    header = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Array($0) } + text.utf8
    byteCount = header.count + offset
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Makes the file, of its full size, with zeros for tensors: a disk that is too full says so now.
  func create() throws {
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw AtomicFile.failure(path) }
    let code = posix_fallocate(descriptor, 0, byteCount)
    guard code == 0 else {
      errno = code
      throw discarded()
    }
    try header.withUnsafeBytes { try write($0, at: 0) }
  }

  /// Writes numbers of a tensor, from its element `element` on.
  func write(_ name: String, from element: Int, _ values: UnsafeBufferPointer<Float>) throws {
    guard let place = places[name] else { preconditionFailure("no tensor \(name)") }
    if descriptor < 0 {
      descriptor = open(temporary, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw AtomicFile.failure(path) }
    }
    try write(UnsafeRawBufferPointer(values), at: header.count + place + 4 * element)
  }

  /// Returns when what this process wrote is on the disk.
  func synchronize() throws {
    guard descriptor < 0 || fsync(descriptor) == 0 else { throw discarded() }
  }

  /// Gives the complete file its name.
  func commit() throws {
    try synchronize()
    try AtomicFile.rename(temporary, to: path)
  }

  /// Takes the incomplete file away.
  func discard() { unlink(temporary) }

  private func discarded() -> InputError {
    let error = AtomicFile.failure(path)
    discard()
    return error
  }

  private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    var (rest, offset) = (bytes[...], offset)
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = pwrite(descriptor, part.baseAddress, part.count, offset)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw discarded() }
      rest = rest.dropFirst(count)
      offset += count
    }
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
