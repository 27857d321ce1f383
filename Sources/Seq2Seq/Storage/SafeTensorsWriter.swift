import Foundation

/// Writes a file of tensors, part by part and, if need be, from several processes: one creates it,
/// all write what they have, one gives it its name.
final class SafeTensorsWriter {
  private let path: String
  private let header: [UInt8]
  private let byteCount: Int
  private var offsets: [String: Int] = [:]
  private var file: PartialFile?

  /// A writer of float32 tensors with these names and shapes, in this order.
  init(
    _ path: String, tensors: [(name: String, shape: [Int])], metadata: [String: String]
  ) throws {
    self.path = path
    var parts = [#""__metadata__":\#(try Self.json(metadata))"#]
    var offset = 0
    for tensor in tensors {
      let end = offset + 4 * tensor.shape.reduce(1, *)
      parts.append(
        #"\#(try Self.json(tensor.name)):{"dtype":"F32","shape":\#(tensor.shape),"#
          + #""data_offsets":[\#(offset),\#(end)]}"#)
      offsets[tensor.name] = offset
      offset = end
    }
    var text = "{" + parts.joined(separator: ",") + "}"
    // The format aligns the data by blanks after the header.
    text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    header = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Array($0) } + text.utf8
    byteCount = header.count + offset
  }

  /// Makes the file, of its full size, with zeros for tensors: a disk that is too full says so now.
  ///
  /// - Returns: the name that other processes `join(_:)` it under.
  func create() throws -> String {
    guard case .file(let resolved) = try OutputTarget(path) else {
      throw InputError("cannot write \(path): it is not a regular file", kind: .stopped)
    }
    let file = try PartialFile(for: resolved)
    var code: Int32 = 0
    repeat { code = posix_fallocate(file.descriptor, 0, byteCount) } while code == EINTR
    guard code == 0 else {
      errno = code
      throw writeFailure(path)
    }
    self.file = file
    try header.withUnsafeBytes { try write($0, at: 0, of: file) }
    return file.temporary
  }

  /// Writes to the file that another process has created.
  func join(_ temporary: String) throws {
    if file == nil { file = try PartialFile(for: path, madeAs: temporary) }
  }

  /// Writes numbers of a tensor, from its element `element` on.
  func write(_ name: String, from element: Int, _ values: UnsafeBufferPointer<Float>) throws {
    guard let offset = offsets[name], let file else { preconditionFailure("no tensor \(name)") }
    try write(UnsafeRawBufferPointer(values), at: header.count + offset + 4 * element, of: file)
  }

  /// Returns when what this process wrote is on the disk.
  func synchronize() throws { try file?.synchronize() }

  /// Gives the complete file its name.
  func publish() throws { try file?.publish() }

  private func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, of file: PartialFile
  ) throws {
    try writeAll(bytes, to: file.descriptor, at: offset) { writeFailure(path) }
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
