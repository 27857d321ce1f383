/// Vectors of one length, one of each line of a text: a NumPy file, read whole.
public final class VectorFile {
  /// Where the file is, for messages.
  let path: String
  private let storage = FloatStorage()
  /// `[lines, D]`, finite numbers; valid as long as this is.
  let vectors: Matrix

  /// How many vectors there are.
  public var count: Int { vectors.rows }
  /// Numbers of each, D.
  public var size: Int { vectors.columns }

  /// Reads a file.
  ///
  /// - Throws: `InputError` naming the file, and the number that is not finite.
  public init(_ path: String) throws {
    self.path = path
    let file = try MappedFile(path)
    let (header, start) = try VectorFileHeader.read(file.bytes, path: path)
    let (count, overflow) = header.rows.multipliedReportingOverflow(by: header.columns)
    guard !overflow, count <= Int.max / 8, 4 * count == file.bytes.count - start else {
      throw InputError(
        "\(path) is truncated or damaged: \(header.rows) times \(header.columns) numbers of 4 bytes "
          + "do not fit its \(file.bytes.count - start) bytes")
    }
    try MemoryLimits.check(
      4 * Double(count), what: "the vectors of \(path)", remedy: "take fewer lines")
    vectors = storage.matrix(rows: header.rows, columns: header.columns)
    guard let base = file.bytes.baseAddress, count > 0 else { return }
    // Little endian is what the header says and what this machine has.
    UnsafeMutableRawPointer(vectors.base).copyMemory(from: base + start, byteCount: 4 * count)
    guard let index = vectors.constantMemory.firstIndex(where: { !$0.isFinite }) else { return }
    throw InputError(
      "\(path): number \(index % size + 1) of vector \(index / size + 1) is "
        + "\(vectors.base[index]); vectors have finite numbers alone")
  }

  /// The two directions in which the vectors vary most.
  ///
  /// - Throws: `InputError` if there are none.
  public func principalComponents() throws -> PrincipalComponents {
    try PrincipalComponents(of: vectors, path: path)
  }

  /// Calls `body` with each vector's nearest other ones, nearest first.
  ///
  /// - Parameter wanted: how many of each.
  /// - Throws: `InputError` if there are not so many.
  public func forEachNearest(
    _ wanted: Int, _ body: ([Neighbour]) throws -> Void
  ) throws {
    guard wanted < count else {
      throw InputError(
        "\(path) has \(count) vectors, so that each has \(max(0, count - 1)) others; --nearest wants "
          + "\(wanted)")
    }
    // Vectors of length 1, and the same laid out for products.
    try MemoryLimits.check(
      3 * 4 * Double(count) * Double(size), what: "looking for the nearest of \(path)",
      remedy: "take fewer lines")
    try withExtendedLifetime(storage) { try nearestRows(wanted, of: vectors, body) }
  }
}

/// Writes a file of vectors, row after row; it has its name when all are there.
public final class VectorFileWriter {
  private let path: String
  private let file: PartialFile
  private var header: VectorFileHeader

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: where it will be.
  ///   - size: numbers of each vector, D.
  /// - Throws: `InputError` naming the file if it cannot be written, or is no regular one: how many rows
  ///   there are is written at its beginning last.
  public init(_ path: String, size: Int) throws {
    self.path = path
    guard case .file(let resolved) = try OutputTarget(path) else {
      throw InputError("cannot write \(path): it is not a regular file", kind: .stopped)
    }
    PartialFile.sweep(parentFolder(of: resolved), of: lastName(of: resolved))
    file = try PartialFile(for: resolved)
    header = VectorFileHeader(rows: 0, columns: size)
    try write(header.bytes, at: nil)
  }

  /// Adds vectors, `[n, D]`.
  public func append(_ numbers: [Float]) throws {
    precondition(numbers.count % header.columns == 0, "whole vectors")
    try write(numbers, at: nil)
    header.rows += numbers.count / header.columns
  }

  /// Completes the file and gives it its name.
  public func finish() throws {
    try write(header.bytes, at: 0)
    try file.synchronize()
    try file.publish()
  }

  private func write<Number: BitwiseCopyable>(_ numbers: [Number], at offset: Int?) throws {
    try numbers.withUnsafeBytes {
      try writeAll($0, to: file.descriptor, at: offset) { writeFailure(path) }
    }
  }
}
