/// The ranks that hold the same parameters, as the nodes of the run see them.
///
/// The ranks of one node share one copy of the parameters, and each rank owns a shard of it: it sums
/// the gradients of this shard and updates it. On different nodes the ranks of equal position own
/// the same shard.
public struct Peers {
  /// How gradients are summed.
  public enum Exchange: String, Sendable, CaseIterable {
    /// One copy of the parameters per node, and sums in shared memory.
    case shared
    /// One copy per rank, and `MPI_Allreduce`.
    case mpi
  }

  /// Those that share this rank's memory, in rank order.
  public let node: Communicator
  /// Those that own the same shard, one per node; nil for a rank that owns none.
  public let interNode: Communicator?
  /// The number of shards, the same on all nodes: as many as the smallest node has ranks.
  public let shardCount: Int
  /// How gradients are summed.
  public let exchange: Exchange

  /// - Parameters:
  ///   - all: the ranks; all of them take part.
  ///   - exchange: how gradients are summed.
  ///   - node: those of this rank's node, in the order of `all`; found out if nil.
  /// - Throws: `MPIError`.
  public init(
    _ all: Communicator, exchange: Exchange = .shared, node: Communicator? = nil
  ) throws(MPIError) {
    self.exchange = exchange
    // Where nothing is shared, every rank is a node by itself.
    if exchange == .mpi {
      guard let alone = try all.split(color: all.rank) else { preconditionFailure("a color") }
      self.node = alone
    } else if let node {
      self.node = node
    } else {
      self.node = try all.splitByNode()
    }
    shardCount = try all.allReduce(self.node.size, .minimum)
    interNode = try all.split(color: self.node.rank < shardCount ? self.node.rank : nil)
  }

  /// The number of the shard that this rank owns. A rank beyond the smallest node's size owns none.
  public var shard: Int? { node.rank < shardCount ? node.rank : nil }

  /// Whether this rank counts its shard in sums over the whole model: one owner of each shard does.
  public var countsShard: Bool { interNode?.rank == 0 }

  /// This rank's shard of some consecutive numbers, in whole cache lines of 16.
  func shard(of range: Range<Int>) -> Range<Int> {
    guard let shard else { return range.upperBound..<range.upperBound }
    let lines = (0..<(range.count + 15) / 16).evenShards(shardCount)[shard]
    let start = range.lowerBound + 16 * lines.lowerBound
    let end = range.lowerBound + 16 * lines.upperBound
    return min(start, range.upperBound)..<min(end, range.upperBound)
  }

  /// Whether this rank owns row `row` of every table. Rows are dealt out in turn, because frequent
  /// symbols have neighbouring numbers.
  public func owns(row: Int) -> Bool { row % shardCount == shard }
}
