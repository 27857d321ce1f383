import CMPI
import Foundation

/// How a rank waits for others.
///
/// MPI's own waiting keeps a core busy. This is the fastest where every rank has a core. Where ranks
/// share cores, it takes the core from ranks that have work.
enum Waiting {
  /// Returns when `isDone` returns true. It must ask MPI, for that is what lets MPI make progress.
  static func until(_ isDone: () throws(MPIError) -> Bool) throws(MPIError) {
    // The number of polls before a rank begins to sleep between them.
    let patience = ranksShareCores ? 20 : 20_000
    var polls = 0
    var interval: useconds_t = 20
    while try !isDone() {
      polls += 1
      guard polls > patience else { continue }
      usleep(interval)
      interval = min(2 * interval, 200)
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
