import CMPI
import Foundation

/// How a rank waits for others.
///
/// MPI's own waiting keeps a core busy. That is the fastest where every rank has a core, and takes
/// the core from those that have work where ranks share cores.
enum Waiting {
  /// Returns when `isDone` does; asking it is what lets MPI make progress.
  static func until(_ isDone: () throws(MPIError) -> Bool) throws(MPIError) {
    // Polls before a rank begins to sleep between them.
    let patience = ranksShareCores ? 20 : 20_000
    var polls = 0
    var pause: useconds_t = 20
    while try !isDone() {
      polls += 1
      guard polls > patience else { continue }
      usleep(pause)
      pause = min(2 * pause, 200)
    }
  }

  /// Whether all of some non-blocking operations are complete; asking lets MPI make progress.
  static func areComplete(
    _ requests: UnsafeMutableBufferPointer<MPI_Request?>
  ) throws(MPIError) -> Bool {
    var flag: Int32 = 0
    try check(
      MPI_Testall(
        Int32(requests.count), requests.baseAddress, &flag, cmpi_statuses_ignore()),
      "MPI_Testall")
    return flag != 0
  }

  /// Whether this node has more ranks than cores.
  static var ranksShareCores: Bool { MPIRuntime.ranksOfNode > cores }

  private static let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
}
