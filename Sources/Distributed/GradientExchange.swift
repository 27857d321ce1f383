import CMPI

/// Sums gradients over the ranks that hold the same parameters: the exchange of data parallel
/// training, as PyTorch's DistributedDataParallel (DDP) has it. The sums are there before the
/// gradient of the whole minibatch is clipped (Sutskever et al. 2014, section 3.4).
///
/// The gradients are cut into *buckets*. When the backward pass has completed a bucket, its sum
/// begins, and the backward pass goes on meanwhile. Each rank owns a shard of every bucket and gets
/// the sums of this shard only (a reduce-scatter). It updates the parameters of its shard and keeps
/// their moments, which therefore exist once per node (ZeRO-1). No all-gather follows, because
/// the ranks of a node share one copy of the parameters.
///
/// Each rank writes its gradients to memory that its node shares. When all ranks of the node have
/// completed a bucket, each rank adds up its shard over the node's ranks, in rank order. Then the
/// owners of equal shards on all nodes add theirs up (`NodeExchange`). With `Exchange.mpi` every
/// rank owns everything, and one `MPI_Allreduce` per bucket follows the backward pass.
///
/// In every step a caller must, on all ranks:
/// 1. write `gradients`;
/// 2. call `bucketReady(_:)` exactly once for each bucket, when its gradients are final;
/// 3. call `finish()`, then read the sums of `owned` and update what they belong to;
/// 4. call `publish()` before anybody reads updated parameters or writes gradients again.
public final class GradientExchange {
  private let peers: Peers
  private let memory: SharedMemory<Float>
  private let buckets: [Range<Int>]
  private let interNodeExchange: NodeExchange?
  private var ledger: BucketLedger
  private var pending: [Pending] = []
  private var failure: MPIError?

  /// This rank's shard of a bucket that has begun.
  private struct Pending {
    let shard: Range<Int>
    var barrier: MPI_Request?
    var isSummed = false
  }

  /// - Parameters:
  ///   - count: how many gradients this rank has.
  ///   - buckets: the ranges of them that are summed. What is in none of them is this rank's alone.
  ///   - peers: the ranks; all of them take part, with equal buckets.
  /// - Throws: `BucketError` if a bucket goes beyond the gradients or overlaps another one;
  ///   `SharedMemoryError` if a node has too little memory to share; `MPIError`.
  public init(count: Int, buckets: [Range<Int>], over peers: Peers) throws {
    self.peers = peers
    self.buckets = buckets
    ledger = try BucketLedger(buckets, gradientCount: count)
    memory = try SharedMemory(count: count, over: peers.node)
    if peers.exchange == .shared, let interNode = peers.interNode, interNode.size > 1,
      let gradients = memory.own.baseAddress
    {
      interNodeExchange = NodeExchange(gradients, over: interNode)
    } else {
      interNodeExchange = nil
    }
  }

  /// This rank's gradients; after `finish()` those that it owns are sums.
  public var gradients: UnsafeMutableBufferPointer<Float> { memory.own }

  /// What this rank owns of each bucket: it has the sums and updates their parameters.
  public var owned: [Range<Int>] { buckets.map { peers.shard(of: $0) } }

  /// Announces that this rank's gradients in bucket `index` are complete. The caller must call this
  /// exactly once per step for each bucket, in any order, and must leave the bucket's gradients
  /// alone until `finish()` returns. Buckets begin in the order of their numbers: one that is
  /// announced before its turn waits for those before it.
  ///
  /// - Throws: `BucketError` if there is no such bucket, or if it was announced in this step before;
  ///   `MPIError`.
  public func bucketReady(_ index: Int) throws {
    for bucket in try ledger.announce(index) { try begin(bucket) }
    progress()
  }

  private func begin(_ bucket: Int) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    if peers.node.size > 1 {
      try check(MPI_Ibarrier(peers.node.handle, &request), "MPI_Ibarrier")
    }
    pending.append(Pending(shard: peers.shard(of: buckets[bucket]), barrier: request))
  }

  /// Goes on with what has been completed, as far as that is possible without waiting. `finish()`
  /// throws what goes wrong here.
  public func progress() {
    guard failure == nil, !pending.isEmpty else { return }
    do { _ = try advance(mayWait: false) } catch { failure = error }
  }

  /// Returns when all ranks of the node have completed all buckets. The caller must have completed
  /// them before.
  ///
  /// - Throws: `BucketError` if this rank has not completed every bucket; `MPIError`.
  public func awaitNode() throws {
    try ledger.checkComplete()
    if let failure { throw failure }
    try Waiting.until { () throws(MPIError) in
      _ = try advance(mayWait: false)
      return pending.allSatisfy(\.isSummed)
    }
  }

  /// Returns when the sums are there. The caller must have completed every bucket before.
  ///
  /// - Throws: `BucketError` if this rank has not completed every bucket; `MPIError`.
  public func finish() throws {
    try awaitNode()
    try Waiting.until { () throws(MPIError) in try advance(mayWait: true) }
    pending.removeAll(keepingCapacity: true)
    interNodeExchange?.reset()
    try ledger.finish()
  }

  /// Returns when all ranks of the node have come here: then what they have updated may be read,
  /// and gradients may be written anew.
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
      addUp(pending[index].shard)
      pending[index].isSummed = true
      interNodeExchange?.add(pending[index].shard)
    }
    let isThrough = try interNodeExchange?.advance() ?? true
    guard pending.allSatisfy(\.isSummed), isThrough else { return false }
    if peers.exchange == .mpi, mayWait { for bucket in pending { try allReduce(bucket.shard) } }
    return true
  }

  /// Adds up this rank's shard of a bucket over the ranks of the node.
  private func addUp(_ shard: Range<Int>) {
    guard peers.node.size > 1, !shard.isEmpty else { return }
    sum(
      memory.regions.map { UnsafePointer($0.baseAddress! + shard.lowerBound) },
      into: memory.own.baseAddress! + shard.lowerBound, count: shard.count)
  }

  private func allReduce(_ shard: Range<Int>) throws(MPIError) {
    guard let interNode = peers.interNode, interNode.size > 1 else { return }
    var span = MutableSpan(
      _unsafeElements: UnsafeMutableBufferPointer(rebasing: memory.own[shard]))
    try interNode.allReduce(&span)
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
