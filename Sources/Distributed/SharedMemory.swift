import CMPI
import Foundation

/// Memory that the ranks of one node share: each rank has a region of its own, and all see all
/// regions (MPI 4.0, section 12.2.3, `MPI_Win_allocate_shared`).
///
/// MPI keeps no order between loads and stores of different ranks: callers must put a barrier
/// between one rank's writing and another's reading. The memory lives until `free()` or the end of
/// the process.
public final class SharedMemory<Element: MPIElement> {
  private var window: MPI_Win?
  /// The region of each rank of the node, in rank order; zeros at first.
  public let regions: [UnsafeMutableBufferPointer<Element>]
  /// This rank's region.
  public let own: UnsafeMutableBufferPointer<Element>

  /// A region of `count` numbers for this rank; every rank of `node` takes part, and their counts may
  /// differ.
  ///
  /// - Throws: `SharedMemoryError` on every rank if the node has too little memory; `MPIError`.
  public init(count: Int, over node: Communicator) throws {
    let counts = try node.allGather(count)
    let total = counts.reduce(0, +)
    guard node.size > 1, total > 0 else {
      own = UnsafeMutableBufferPointer(start: .alignedZeros(count), count: count)
      regions = counts.map { [own] in UnsafeMutableBufferPointer(rebasing: own[0..<$0]) }
      return
    }
    try Self.checkSpace(total * MemoryLayout<Element>.stride, over: node)
    let window = try Self.allocate(count, over: node)
    self.window = window
    regions = try Self.regions(counts, of: window)
    own = regions[node.rank]
    own.update(repeating: .zero)
    try node.barrier()
  }

  private static func allocate(
    _ count: Int, over node: Communicator
  ) throws(MPIError) -> MPI_Win? {
    var info: MPI_Info?
    try check(MPI_Info_create(&info), "MPI_Info_create")
    // Every region on pages of its own, near the core that uses it.
    try check(MPI_Info_set(info, "alloc_shared_noncontig", "true"), "MPI_Info_set")
    var base: UnsafeMutableRawPointer?
    var window = cmpi_win_null()
    try check(
      MPI_Win_allocate_shared(
        count * MemoryLayout<Element>.stride, Int32(MemoryLayout<Element>.stride), info,
        node.handle, &base, &window), "MPI_Win_allocate_shared")
    try check(MPI_Info_free(&info), "MPI_Info_free")
    return window
  }

  /// Where the ranks' regions lie in this process, in rank order.
  private static func regions(
    _ counts: [Int], of window: MPI_Win?
  ) throws(MPIError) -> [UnsafeMutableBufferPointer<Element>] {
    var regions: [UnsafeMutableBufferPointer<Element>] = []
    for (rank, count) in counts.enumerated() {
      var size: MPI_Aint = 0
      var unit: Int32 = 0
      var address: UnsafeMutableRawPointer?
      try check(
        MPI_Win_shared_query(window, Int32(rank), &size, &unit, &address), "MPI_Win_shared_query")
      regions.append(
        UnsafeMutableBufferPointer(
          start: address?.bindMemory(to: Element.self, capacity: count), count: count))
    }
    return regions
  }

  /// Gives the memory back. Every rank of the node takes part, and none may use the memory after
  /// that.
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
