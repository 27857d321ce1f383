import Distributed
import Foundation

extension Communicator {
  /// Runs `body` on every rank, and throws on all of them if it throws on any: the error of the
  /// lowest rank, which names it where the others had none. Where `body` may fail on some ranks
  /// alone, it must not communicate after that point.
  public func together<Result>(_ body: () throws -> Result) throws -> Result {
    var result: Result?
    var failure: InputError?
    do {
      result = try body()
    } catch let error as InputError {
      failure = error
    }
    try agree(on: failure, namingRank: true)
    return result!
  }

  /// Runs `body` on rank 0 while the others wait, and throws on all of them if it throws.
  public func onFirstRank(_ body: () throws -> Void) throws {
    var failure: InputError?
    if rank == 0 {
      do {
        try body()
      } catch let error as InputError {
        failure = error
      }
    }
    try agree(on: failure, namingRank: false)
  }

  /// Throws on all ranks the failure of the lowest rank that has one.
  private func agree(on failure: InputError?, namingRank: Bool) throws {
    let failed = try allGather(failure?.kind.rawValue ?? 0)
    guard let first = failed.firstIndex(where: { $0 != 0 }) else { return }
    var message = failure?.description ?? ""
    if namingRank, failed.contains(0), size > 1 {
      message = "rank \(rank) on \(ProcessInfo.processInfo.hostName): \(message)"
    }
    let text = try broadcast(bytes: Array(message.utf8), from: first)
    throw InputError(
      String(decoding: text, as: UTF8.self), kind: InputError.Kind(rawValue: failed[first])!,
      isCollective: true)
  }
}
