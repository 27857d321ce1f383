import CMPI

/// Numbers in memory of their own, cache-line aligned, whose address does not change.
///
/// Non-blocking operations consume one and hand it back, so that nobody can touch it meanwhile.
public struct Buffer<Element: MPIElement>: ~Copyable {
  let pointer: UnsafeMutablePointer<Element>
  /// How many numbers there are.
  public let count: Int

  /// A buffer of `count` zeros.
  public init(count: Int) {
    self.count = count
    pointer = .alignedZeros(count)
  }

  /// A buffer with the numbers of an array.
  public init(_ values: [Element]) {
    self.init(count: values.count)
    for (index, value) in values.enumerated() { pointer[index] = value }
  }

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// The numbers, to read and write within `body`.
  public mutating func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Element>) throws -> Result
  ) rethrows -> Result {
    var span = MutableSpan(
      _unsafeElements: UnsafeMutableBufferPointer(start: pointer, count: count))
    return try body(&span)
  }

  /// A copy of the numbers.
  public var array: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

extension UnsafeMutablePointer where Pointee: MPIElement {
  /// New memory of `count` zeros, cache-line aligned.
  static func alignedZeros(_ count: Int) -> UnsafeMutablePointer {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Pointee>.stride, alignment: 64
    ).bindMemory(to: Pointee.self, capacity: max(count, 1))
    memory.initialize(repeating: .zero, count: count)
    return memory
  }
}

/// A non-blocking operation under way, which owns its buffer until `wait()` (MPI 4.0, section 3.7).
///
/// One that is dropped before `wait()` is a mistake in the program and traps: MPI would go on
/// writing into memory that is gone.
public struct PendingOperation<Element: MPIElement>: ~Copyable {
  private var buffer: Buffer<Element>
  private var requests: [MPI_Request?]

  init(buffer: consuming Buffer<Element>, requests: [MPI_Request?]) {
    self.buffer = buffer
    self.requests = requests
  }

  deinit { precondition(requests.isEmpty, "an MPI operation was dropped before wait()") }

  /// Whether the operation is complete; asking also lets MPI make progress.
  public mutating func isComplete() throws(MPIError) -> Bool {
    try requests.withUnsafeMutableBufferPointer { (requests) throws(MPIError) in
      try Waiting.areComplete(requests)
    }
  }

  /// Returns the buffer when the operation is complete.
  public consuming func wait() throws(MPIError) -> Buffer<Element> {
    let code = MPI_Waitall(Int32(requests.count), &requests, cmpi_statuses_ignore())
    requests = []
    try check(code, "MPI_Waitall")
    return take()
  }

  private consuming func take() -> Buffer<Element> {
    // A type with a deinit cannot be taken apart, so the buffer is exchanged for an empty one.
    var result = Buffer<Element>(count: 0)
    swap(&result, &buffer)
    return result
  }
}
