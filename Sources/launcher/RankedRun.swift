import ArgumentParser
import Distributed
import Foundation
import Seq2Seq

/// Runs `body` on every rank of the job that this process belongs to.
///
/// A rank that fails says so once and takes the job down: the others may be waiting for it.
func runOnRanks(_ body: (Communicator) throws -> Void) throws {
  var exitCode: Int32?
  var hasReader = true
  try MPIRuntime.run { world in
    do {
      limitThreads(ranksOnNode: MPIRuntime.ranksOfNode)
      try body(world)
      try StandardOutput.flush()
    } catch let error as InputError where error.isCollective {
      // All ranks are here: one speaks, and the job ends in order.
      if world.rank == 0 { printError(error.description) }
      exitCode = error.kind.rawValue
    } catch let error as GridError {
      // Counted from the number of ranks, so that all find it.
      if world.rank == 0 { printError(error.description) }
      exitCode = InputError.Kind.usage.rawValue
    } catch is StandardOutput.ReaderHasGone where world.size == 1 {
      hasReader = false
    } catch is StandardOutput.ReaderHasGone {
      world.abort(exitCode: 128 + SIGPIPE)
    } catch {
      let prefix = world.size > 1 ? "rank \(world.rank): " : ""
      printError("\(prefix)\(error)")
      let cause = (error as? RankFailure)?.cause ?? error as? InputError
      exitCode = cause?.kind.rawValue ?? faultExitCode
      if world.size > 1 { world.abort(exitCode: exitCode ?? faultExitCode) }
    }
  }
  guard hasReader else { throw StandardOutput.ReaderHasGone() }
  if let exitCode { throw ExitCode(exitCode) }
}

/// A rank that failed on its own, with what it was doing.
struct RankFailure: Error, CustomStringConvertible {
  let description: String
  let cause: InputError?

  init(_ description: String, cause: InputError?) {
    self.description = description
    self.cause = cause
  }
}

/// Gives a process as many threads for matrix products as it has cores of its node, unless the user has said how
/// many threads there shall be.
func limitThreads(ranksOnNode: Int) {
  guard MatrixThreads.requested == nil else { return }
  MatrixThreads.set(min(Cores.allowed, Cores.onNode / ranksOnNode))
}
