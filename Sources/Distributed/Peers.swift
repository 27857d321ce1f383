/// The ranks that hold the same parameters, as the nodes of the run see them.
///
/// The ranks of one node share one copy of the parameters, and each owns a part of it: it sums that
/// part's gradients and updates it. Ranks of equal position on different nodes own the same part.
public struct Peers {
  /// How gradients are summed.
  public enum Exchange: String, Sendable, CaseIterable {
    /// One copy of the parameters per node, and sums in shared memory.
    case shared
    /// A copy for each rank, and `MPI_Allreduce`.
    case mpi
  }

  /// Those that share this rank's memory, in rank order.
  public let node: Communicator
  /// Those that own the same part, one per node; nil for a rank that owns none.
  public let across: Communicator?
  /// Parts, the same number on all nodes: as many as the smallest node has ranks.
  public let partCount: Int
  /// How gradients are summed.
  public let exchange: Exchange

  /// - Parameters:
  ///   - all: the ranks; all of them take part.
  ///   - exchange: how gradients are summed.
  ///   - node: those of this rank's node, in the order of `all`; found out if nil.
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
    partCount = try all.allReduce(self.node.size, .minimum)
    across = try all.split(color: self.node.rank < partCount ? self.node.rank : nil)
  }

  /// The part that this rank owns; a rank beyond the smallest node's size owns none.
  public var part: Int? { node.rank < partCount ? node.rank : nil }

  /// Whether this rank counts its part in sums over the whole model: one owner of each part does.
  public var countsPart: Bool { across?.rank == 0 }

  /// This rank's part of some consecutive numbers, in whole cache lines of 16.
  func part(of range: Range<Int>) -> Range<Int> {
    guard let part else { return range.upperBound..<range.upperBound }
    let lines = ProcessGrid.evenRanges(of: (range.count + 15) / 16, parts: partCount)[part]
    let start = range.lowerBound + 16 * lines.lowerBound
    let end = range.lowerBound + 16 * lines.upperBound
    return min(start, range.upperBound)..<min(end, range.upperBound)
  }

  /// Whether this rank owns row `row` of every table: rows are dealt out in turn, because frequent
  /// symbols have neighbouring numbers.
  public func owns(row: Int) -> Bool { row % partCount == part }
}
