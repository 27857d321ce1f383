import CMPI

/// A group of ranks that talk to one another, and the calling process's rank in it
/// (MPI 4.0, chapter 7).
///
/// Collective calls must be made by every rank of the group, in one order. A communicator belongs
/// to the thread that made it; it is deliberately not `Sendable`.
public final class Communicator {
  /// The MPI handle.
  let handle: MPI_Comm
  private let isOwned: Bool

  /// This process's number in the group, from 0.
  public let rank: Int
  /// How many ranks the group has.
  public let size: Int

  /// The largest number of elements that one MPI call is given. What is larger goes in pieces,
  /// because MPI counts with `int`. Tests make this limit small.
  var countLimit = Int(Int32.max)

  init(handle: MPI_Comm, isOwned: Bool) throws(MPIError) {
    self.handle = handle
    self.isOwned = isOwned
    // Errors come back as codes, not as a dead job, and `check` turns them into Swift errors.
    try check(MPI_Comm_set_errhandler(handle, cmpi_errors_return()), "MPI_Comm_set_errhandler")
    var number: Int32 = 0
    try check(MPI_Comm_rank(handle, &number), "MPI_Comm_rank")
    rank = Int(number)
    try check(MPI_Comm_size(handle, &number), "MPI_Comm_size")
    size = Int(number)
  }

  deinit {
    if isOwned, MPIRuntime.isActive {
      var handle: MPI_Comm? = handle
      MPI_Comm_free(&handle)
    }
  }

  /// Splits the group: ranks of one `color` form a group, ordered by `key` and then by rank
  /// (MPI 4.0, section 7.4.2).
  ///
  /// - Returns: the new group, or `nil` for a rank whose `color` is `nil`.
  public func split(color: Int?, key: Int = 0) throws(MPIError) -> Communicator? {
    var group = cmpi_comm_null()
    let number = color.map { Int32($0) } ?? cmpi_undefined()
    try check(MPI_Comm_split(handle, number, Int32(key), &group), "MPI_Comm_split")
    return group == cmpi_comm_null() ? nil : try Communicator(handle: group!, isOwned: true)
  }

  /// The ranks that share memory with this one: those of its node (MPI 4.0, section 7.4.2,
  /// `MPI_COMM_TYPE_SHARED`).
  public func splitByNode() throws(MPIError) -> Communicator {
    var group = cmpi_comm_null()
    try check(
      MPI_Comm_split_type(
        handle, cmpi_comm_type_shared(), Int32(rank), cmpi_info_null(), &group),
      "MPI_Comm_split_type")
    return try Communicator(handle: group!, isOwned: true)
  }

  /// The same ranks, in a context of their own whose messages meet no others.
  public func duplicate() throws(MPIError) -> Communicator {
    var copy = cmpi_comm_null()
    try check(MPI_Comm_dup(handle, &copy), "MPI_Comm_dup")
    return try Communicator(handle: copy!, isOwned: true)
  }

  /// Ends every rank of the job at once; `mpirun` gives `exitCode` to whoever started it
  /// (MPI 4.0, section 9.7).
  public func abort(exitCode: Int32) -> Never {
    MPI_Abort(handle, exitCode)
    fatalError("MPI_Abort returned")
  }

  /// Calls `body` for consecutive pieces of `0..<count` that MPI's `int` can count.
  func inPieces(
    of count: Int, _ body: (_ offset: Int, _ count: Int32) throws(MPIError) -> Void
  ) throws(MPIError) {
    var offset = 0
    while offset < count {
      let piece = min(count - offset, countLimit)
      try body(offset, Int32(piece))
      offset += piece
    }
  }
}
