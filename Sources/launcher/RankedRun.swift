import Distributed
import Foundation
import Seq2Seq

/// Runs `body` on every rank of the job that this process belongs to.
///
/// A rank that fails says so once and takes the job down: the others may be waiting for it.
func runOnRanks(_ body: (Communicator) throws -> Void) throws {
  var sharedError: InputError?
  try MPIRuntime.run { world in
    do {
      try limitThreads(ranks: world)
      try body(world)
    } catch let error as InputError where error.isShared {
      // All ranks are here: one speaks, and the job ends in order.
      if world.rank == 0 { printError(error.description) }
      sharedError = error
    } catch {
      let prefix = world.size > 1 ? "rank \(world.rank): " : ""
      printError("\(prefix)\(error)")
      world.abort(exitCode: (error as? InputError)?.kind.rawValue ?? faultExitCode)
    }
  }
  if let sharedError { exit(sharedError.kind.rawValue) }
}

extension Communicator {
  /// Runs `body` on every rank, and throws on all of them if it throws on any: the error of the
  /// lowest rank, which names it where the others had none.
  func together<Result>(_ body: () throws -> Result) throws -> Result {
    var result: Result?
    var failure: InputError?
    do {
      result = try body()
    } catch let error as InputError {
      failure = error
    }
    let failed = try allGather(failure?.kind.rawValue ?? 0)
    guard let first = failed.firstIndex(where: { $0 != 0 }) else { return result! }
    var message = failure?.description ?? ""
    if failed.contains(0), size > 1 { message = "rank \(rank) on \(hostName()): \(message)" }
    let text = try broadcast(bytes: Array(message.utf8), from: first)
    throw InputError(
      String(decoding: text, as: UTF8.self), kind: InputError.Kind(rawValue: failed[first])!,
      isShared: true)
  }

  /// Runs `body` on rank 0 while the others wait, and throws on all of them if it throws.
  func onFirstRank(_ body: () throws -> Void) throws {
    var failure: InputError?
    if rank == 0 {
      do {
        try body()
      } catch let error as InputError {
        failure = error
      }
    }
    let code = try allGather(failure?.kind.rawValue ?? 0)[0]
    let text = try broadcast(bytes: Array((failure?.description ?? "").utf8), from: 0)
    if code != 0 {
      throw InputError(
        String(decoding: text, as: UTF8.self), kind: InputError.Kind(rawValue: code)!,
        isShared: true)
    }
  }
}

/// Gives each rank its share of the node's cores for matrix products, unless the user has said
/// how many threads there shall be.
private func limitThreads(ranks world: Communicator) throws {
  let node = try world.splitByNode()
  guard ProcessInfo.processInfo.environment["OPENBLAS_NUM_THREADS"] == nil else { return }
  MatrixThreads.set(min(Cores.allowed, Cores.onNode / node.size))
}

private func hostName() -> String { ProcessInfo.processInfo.hostName }
