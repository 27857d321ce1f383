import CMPI

/// Non-blocking messages from one rank to another (MPI 4.0, section 3.7): the point-to-point
/// communication of pipeline parallel training. Activations travel from where one stage has computed
/// them to where the next stage reads them, without a copy, and gradients travel back.
///
/// The caller must keep the memory of a message alive, and must leave it alone until the message is
/// complete: memory to receive into until `wait(for:)` or `finish()` returns, memory that is sent
/// until `finish()` returns. Counts may exceed 2³¹; sender and receiver must agree on them.
public final class Transfers {
  /// A message that `wait(for:)` can wait for, until `finish()`.
  public struct Incoming: Sendable {
    fileprivate let requests: Range<Int>
  }

  private let communicator: Communicator
  private var receives: [MPI_Request?] = []
  private var sends: [MPI_Request?] = []

  /// Messages among the ranks of `communicator`.
  public init(over communicator: Communicator) { self.communicator = communicator }

  /// Begins to receive a message. Messages of one sender and tag arrive in the order in which they
  /// were sent. A message of no numbers is complete at once, and nothing is sent for it.
  ///
  /// - Throws: `MPIError`.
  public func receive(
    into memory: UnsafeMutableBufferPointer<Float>, from source: Int, tag: Int
  ) throws(MPIError) -> Incoming {
    let first = receives.count
    try communicator.inPieces(of: memory.count) { (offset, count) throws(MPIError) in
      var request: MPI_Request? = cmpi_request_null()
      try check(
        MPI_Irecv(
          memory.baseAddress! + offset, count, Float.datatype, Int32(source), Int32(tag),
          communicator.handle, &request), "MPI_Irecv")
      receives.append(request)
    }
    return Incoming(requests: first..<receives.count)
  }

  /// Begins to send a message.
  ///
  /// - Throws: `MPIError`.
  public func send(
    _ memory: UnsafeBufferPointer<Float>, to destination: Int, tag: Int
  ) throws(MPIError) {
    try communicator.inPieces(of: memory.count) { (offset, count) throws(MPIError) in
      var request: MPI_Request? = cmpi_request_null()
      try check(
        MPI_Isend(
          memory.baseAddress! + offset, count, Float.datatype, Int32(destination), Int32(tag),
          communicator.handle, &request), "MPI_Isend")
      sends.append(request)
    }
  }

  /// Returns when a message has been received.
  ///
  /// - Throws: `MPIError`.
  public func wait(for message: Incoming) throws(MPIError) {
    try receives.withUnsafeMutableBufferPointer { (requests) throws(MPIError) in
      try Self.wait(UnsafeMutableBufferPointer(rebasing: requests[message.requests]))
    }
  }

  /// Returns when all messages have been received and all memory that was sent may be used again.
  ///
  /// - Throws: `MPIError`.
  public func finish() throws(MPIError) {
    try receives.withUnsafeMutableBufferPointer { (requests) throws(MPIError) in
      try Self.wait(requests)
    }
    try sends.withUnsafeMutableBufferPointer { (requests) throws(MPIError) in
      try Self.wait(requests)
    }
    receives.removeAll(keepingCapacity: true)
    sends.removeAll(keepingCapacity: true)
  }

  private static func wait(
    _ requests: UnsafeMutableBufferPointer<MPI_Request?>
  ) throws(MPIError) {
    guard !requests.isEmpty else { return }
    try Waiting.until { () throws(MPIError) in try Waiting.areComplete(requests) }
  }
}
