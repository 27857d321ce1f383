import Distributed
import Foundation

/// The MPI job that tests run in.
///
/// Tests of several ranks are in suites that are `.enabled(if: MultiRank.isActive)`; the whole
/// test program is then started by `mpirun`, and every rank runs the same tests in one order.
@MainActor
public enum MultiRank {
  /// Whether `mpirun` started this process.
  public nonisolated static var isActive: Bool {
    ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"] != nil
  }

  /// The communicator of all ranks; MPI starts with its first use and stops with the process.
  public static let world: Communicator = {
    let world = try! MPIRuntime.start()
    atexit { try? MPIRuntime.stop() }
    return world
  }()

  /// Runs `body` on groups of 1, 2, … ranks, as many of the sizes as the job has ranks for. All
  /// ranks of the job must call this. What `body` throws ends the job with a sentence, because the
  /// other ranks may be waiting for this one.
  ///
  /// - Returns: this rank's results, by group size; a rank that is not in a group has none.
  public static func onGroups<Result>(
    of sizes: [Int], _ body: (Communicator) throws -> Result
  ) throws -> [Int: Result] {
    var results: [Int: Result] = [:]
    for size in sizes where size <= world.size {
      let group = try world.split(color: world.rank < size ? 0 : nil)
      if let group {
        do { results[size] = try body(group) } catch {
          FileHandle.standardError.write(
            Data("✘ rank \(world.rank) of \(size): \(error)\n".utf8))
          world.abort(exitCode: 1)
        }
      }
      try world.barrier()
    }
    return results
  }
}
