import CMPI

// Point-to-point messages (MPI 4.0, chapter 3). Sender and receiver name one another and a tag,
// and agree on the count; counts may exceed 2³¹.
extension Communicator {
  /// Sends numbers to a rank; returns when `values` may be used again.
  public func send<Element: MPIElement>(
    _ values: Span<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) {
    try values.withUnsafeBufferPointer { (buffer) throws(MPIError) in
      try inPieces(of: buffer.count) { (offset, count) throws(MPIError) in
        try check(
          MPI_Send(
            buffer.baseAddress! + offset, count, Element.datatype, Int32(destination), Int32(tag),
            handle),
          "MPI_Send")
      }
    }
  }

  /// Receives numbers from a rank; returns when they are there.
  public func receive<Element: MPIElement>(
    into values: inout MutableSpan<Element>, from source: Int, tag: Int = 0
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try inPieces(of: buffer.count) { (offset, count) throws(MPIError) in
        try check(
          MPI_Recv(
            buffer.baseAddress! + offset, count, Element.datatype, Int32(source), Int32(tag),
            handle, cmpi_status_ignore()),
          "MPI_Recv")
      }
    }
  }

  /// Begins to send a buffer, which comes back from `wait()`.
  public func startSend<Element: MPIElement>(
    _ buffer: consuming Buffer<Element>, to destination: Int, tag: Int = 0
  ) throws(MPIError) -> PendingOperation<Element> {
    try begin(buffer, "MPI_Isend") { (pointer, count, request) in
      MPI_Isend(
        pointer, count, Element.datatype, Int32(destination), Int32(tag), self.handle, &request)
    }
  }

  /// Begins to fill a buffer with a message, which comes back from `wait()`.
  public func startReceive<Element: MPIElement>(
    into buffer: consuming Buffer<Element>, from source: Int, tag: Int = 0
  ) throws(MPIError) -> PendingOperation<Element> {
    try begin(buffer, "MPI_Irecv") { (pointer, count, request) in
      MPI_Irecv(
        pointer, count, Element.datatype, Int32(source), Int32(tag), self.handle, &request)
    }
  }

  /// Begins to reduce a buffer over the ranks, in place; it comes back from `wait()`
  /// (MPI 4.0, section 6.12.8).
  public func startAllReduce<Element: MPIElement>(
    _ buffer: consuming Buffer<Element>, _ operation: ReduceOperation = .sum
  ) throws(MPIError) -> PendingOperation<Element> {
    try begin(buffer, "MPI_Iallreduce") { (pointer, count, request) in
      MPI_Iallreduce(
        cmpi_in_place(), pointer, count, Element.datatype, operation.handle, self.handle, &request)
    }
  }

  /// Begins to give every rank the numbers of `root`; the buffer comes back from `wait()`.
  public func startBroadcast<Element: MPIElement>(
    _ buffer: consuming Buffer<Element>, from root: Int
  ) throws(MPIError) -> PendingOperation<Element> {
    try begin(buffer, "MPI_Ibcast") { (pointer, count, request) in
      MPI_Ibcast(pointer, count, Element.datatype, Int32(root), self.handle, &request)
    }
  }

  private func begin<Element: MPIElement>(
    _ buffer: consuming Buffer<Element>, _ operation: StaticString,
    _ start: (UnsafeMutablePointer<Element>, Int32, inout MPI_Request?) -> Int32
  ) throws(MPIError) -> PendingOperation<Element> {
    var requests: [MPI_Request?] = []
    let base = buffer.pointer
    try inPieces(of: buffer.count) { (offset, count) throws(MPIError) in
      var request: MPI_Request? = cmpi_request_null()
      try check(start(base + offset, count, &request), operation)
      requests.append(request)
    }
    return PendingOperation(buffer: buffer, requests: requests)
  }
}
