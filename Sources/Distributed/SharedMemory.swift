import CMPI
import Foundation

/// Memory that the ranks of one node share: each rank has a part of its own, and all see all parts
/// (MPI 4.0, section 12.2.3, `MPI_Win_allocate_shared`).
///
/// MPI keeps no order between loads and stores of different ranks: a barrier must lie between one
/// rank's writing and another's reading. The memory lives until `free()` or the end of the process.
public final class SharedMemory<Element: MPIElement> {
  private var window: MPI_Win?
  /// The part of each rank of the node, in rank order; zeros at first.
  public let parts: [UnsafeMutableBufferPointer<Element>]
  /// This rank's part.
  public let own: UnsafeMutableBufferPointer<Element>

  /// Memory of `count` numbers for this rank; every rank of `node` takes part.
  ///
  /// - Throws: `SharedMemoryError` on every rank if the node has too little of it.
  public init(count: Int, over node: Communicator) throws {
    let counts = try node.allGather(count)
    let total = counts.reduce(0, +)
    guard node.size > 1, total > 0 else {
      own = UnsafeMutableBufferPointer(start: .alignedZeros(count), count: count)
      parts = counts.map { [own] in UnsafeMutableBufferPointer(rebasing: own[0..<$0]) }
      return
    }
    try Self.checkSpace(total * MemoryLayout<Element>.stride, over: node)
    var info: MPI_Info?
    try check(MPI_Info_create(&info), "MPI_Info_create")
    // Every part on pages of its own, near the core that uses it.
    try check(MPI_Info_set(info, "alloc_shared_noncontig", "true"), "MPI_Info_set")
    var base: UnsafeMutableRawPointer?
    var window = cmpi_win_null()
    try check(
      MPI_Win_allocate_shared(
        count * MemoryLayout<Element>.stride, Int32(MemoryLayout<Element>.stride), info,
        node.handle, &base, &window), "MPI_Win_allocate_shared")
    try check(MPI_Info_free(&info), "MPI_Info_free")
    var parts: [UnsafeMutableBufferPointer<Element>] = []
    for (rank, count) in counts.enumerated() {
      var size: MPI_Aint = 0
      var unit: Int32 = 0
      var address: UnsafeMutableRawPointer?
      try check(
        MPI_Win_shared_query(window, Int32(rank), &size, &unit, &address), "MPI_Win_shared_query")
      parts.append(
        UnsafeMutableBufferPointer(
          start: address?.bindMemory(to: Element.self, capacity: count), count: count))
    }
    self.window = window
    self.parts = parts
    own = parts[node.rank]
    own.update(repeating: .zero)
    try node.barrier()
  }

  /// Gives the memory back; every rank of the node takes part, and none may use it any more.
  public func free() throws(MPIError) {
    if window != nil {
      try check(MPI_Win_free(&window), "MPI_Win_free")
    } else {
      own.baseAddress?.deallocateAligned()
    }
  }

  /// Open MPI keeps shared memory in files of this file system; to write past its end would kill
  /// the process.
  private static var fileSystem: String { "/dev/shm" }

  private static func checkSpace(_ needed: Int, over node: Communicator) throws {
    var free = Int.max
    var status = statvfs()
    if node.rank == 0, statvfs(fileSystem, &status) == 0 {
      free = Int(status.f_bavail) * Int(status.f_frsize)
    }
    free = try node.allReduce(free, .minimum)
    guard needed <= free else {
      throw SharedMemoryError(
        description: "\(fileSystem) has \(free / 1_000_000) MB free, and the ranks of this node "
          + "need \(needed / 1_000_000 + 1) MB of shared memory; enlarge it "
          + "(mount -o remount,size=… \(fileSystem)) or set parallel.exchange: mpi")
    }
  }
}

/// The ranks of a node cannot share memory.
public struct SharedMemoryError: Error, CustomStringConvertible {
  /// One sentence.
  public let description: String
}
