import CMPI

/// Sums gradients over the ranks that hold the same parameters, before they are clipped
/// (Sutskever et al. 2014, section 3.4 clips the gradient of the whole minibatch).
///
/// Each rank writes its gradients to memory that its node shares. When all ranks of the node have
/// completed a *bucket* of them, each rank adds up its part of the bucket over the node's ranks, in
/// rank order; then the owners of equal parts on all nodes add theirs up (`NodeExchange`), while
/// the ranks go on with the backward pass. Nothing is gathered: a rank updates the part that
/// it owns, in the parameters that the node shares. With `Exchange.mpi` every rank owns
/// everything, and one `MPI_Allreduce` follows the backward pass.
public final class GradientExchange {
  private let peers: Peers
  private let memory: SharedMemory<Float>
  private let buckets: [Range<Int>]
  private let betweenNodes: NodeExchange?
  private var pending: [Pending] = []
  private var failure: MPIError?

  private struct Pending {
    let part: Range<Int>
    var barrier: MPI_Request?
    var isSummed = false
  }

  /// - Parameters:
  ///   - count: numbers of this rank's gradients.
  ///   - buckets: parts of them that are summed; what is in none of them is this rank's alone.
  ///   - peers: the ranks; all of them take part.
  /// - Throws: `SharedMemoryError` if a node has too little memory to share.
  public init(count: Int, buckets: [Range<Int>], over peers: Peers) throws {
    self.peers = peers
    self.buckets = buckets
    memory = try SharedMemory(count: count, over: peers.node)
    if peers.exchange == .shared, let across = peers.across, across.size > 1,
      let gradients = memory.own.baseAddress
    {
      betweenNodes = NodeExchange(gradients, across: across)
    } else {
      betweenNodes = nil
    }
  }

  /// This rank's gradients; after `finish()` those that it owns are sums.
  public var gradients: UnsafeMutableBufferPointer<Float> { memory.own }

  /// What of the buckets this rank owns: it has their sums and updates their parameters.
  public var owned: [Range<Int>] { buckets.map { peers.part(of: $0) } }

  /// This rank's gradients in bucket `index` are complete; all ranks complete the buckets in one
  /// order, and leave them alone until `finish()`.
  public func complete(_ index: Int) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    if peers.node.size > 1 {
      try check(MPI_Ibarrier(peers.node.handle, &request), "MPI_Ibarrier")
    }
    pending.append(Pending(part: peers.part(of: buckets[index]), barrier: request))
    progress()
  }

  /// Goes on with what has been completed, as far as that is possible without waiting. What goes
  /// wrong is thrown by `finish()`.
  public func progress() {
    guard failure == nil, !pending.isEmpty else { return }
    do { _ = try advance(mayWait: false) } catch { failure = error }
  }

  /// Returns when all ranks of the node have completed what this rank has.
  public func awaitNode() throws(MPIError) {
    if let failure { throw failure }
    try Waiting.until { () throws(MPIError) in
      _ = try advance(mayWait: false)
      return pending.allSatisfy(\.isSummed)
    }
  }

  /// Returns when the sums are there.
  public func finish() throws(MPIError) {
    try awaitNode()
    try Waiting.until { () throws(MPIError) in try advance(mayWait: true) }
    pending.removeAll(keepingCapacity: true)
    betweenNodes?.reset()
  }

  /// Returns when all ranks of the node have come here: what they have updated may be read, and
  /// their gradients written anew.
  public func publish() throws(MPIError) {
    if peers.node.size > 1 { try peers.node.barrier() }
  }

  /// Takes every bucket a step further if it can be.
  ///
  /// - Returns: whether all are done.
  private func advance(mayWait: Bool) throws(MPIError) -> Bool {
    for index in pending.indices where !pending[index].isSummed {
      // In order, because messages between nodes must begin in one order on all of them.
      var flag: Int32 = 0
      try check(
        MPI_Test(&pending[index].barrier, &flag, cmpi_status_ignore()), "MPI_Test")
      guard flag != 0 else { break }
      addUp(pending[index].part)
      pending[index].isSummed = true
      betweenNodes?.add(pending[index].part)
    }
    let isThrough = try betweenNodes?.advance() ?? true
    guard pending.allSatisfy(\.isSummed), isThrough else { return false }
    if peers.exchange == .mpi, mayWait { for bucket in pending { try allReduce(bucket.part) } }
    return true
  }

  /// This rank's part of a bucket over the ranks of the node.
  private func addUp(_ part: Range<Int>) {
    guard peers.node.size > 1, !part.isEmpty else { return }
    sum(
      memory.parts.map { UnsafePointer($0.baseAddress! + part.lowerBound) },
      into: memory.own.baseAddress! + part.lowerBound, count: part.count)
  }

  private func allReduce(_ part: Range<Int>) throws(MPIError) {
    guard let across = peers.across, across.size > 1 else { return }
    var span = MutableSpan(
      _unsafeElements: UnsafeMutableBufferPointer(rebasing: memory.own[part]))
    try across.allReduce(&span)
  }
}

/// `result = terms[0] + terms[1] + …`, in this order; `result` may be one of the terms.
func sum(
  _ terms: [UnsafePointer<Float>], into result: UnsafeMutablePointer<Float>, count: Int
) {
  typealias Numbers = SIMD16<Float>
  terms.withUnsafeBufferPointer { terms in
    let whole = count / 16 * 16
    var index = 0
    while index < whole {
      var total = UnsafeRawPointer(terms[0] + index).loadUnaligned(as: Numbers.self)
      for term in 1..<terms.count {
        total += UnsafeRawPointer(terms[term] + index).loadUnaligned(as: Numbers.self)
      }
      UnsafeMutableRawPointer(result + index).storeBytes(of: total, as: Numbers.self)
      index += 16
    }
    while index < count {
      var total = terms[0][index]
      for term in 1..<terms.count { total += terms[term][index] }
      result[index] = total
      index += 1
    }
  }
}
