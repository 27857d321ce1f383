/// Sums gradients of a table's rows over the ranks that hold the same table (sparse gradients). Only
/// the rows that some rank touched travel.
///
/// Each rank gets the sums of the rows that it owns (`Peers.owns(row:)`). What the ranks give to a
/// row is added in the order of ranks and then of nodes.
public final class RowExchange {
  /// Rows with their numbers, row by row.
  public struct Rows {
    /// Ascending, each once.
    public fileprivate(set) var rows: [Int32] = []
    /// `rows.count × width` numbers.
    public fileprivate(set) var values: [Float] = []
  }

  private let peers: Peers
  private let width: Int
  private var ids: SharedMemory<Int32>
  private var numbers: SharedMemory<Float>
  private var capacity: Int
  private var nodeSum = Rows()
  private var gatheredIDs: [Int32] = []
  private var gatheredNumbers: [Float] = []

  /// What this rank owns of the last sum.
  public private(set) var sums = Rows()

  /// - Parameters:
  ///   - width: numbers per row.
  ///   - peers: the ranks; all of them take part.
  /// - Throws: `MPIError`.
  public init(width: Int, over peers: Peers) throws {
    (self.peers, self.width) = (peers, width)
    capacity = 0
    ids = try SharedMemory(count: 0, over: peers.node)
    numbers = try SharedMemory(count: 0, over: peers.node)
  }

  /// Sums rows over the ranks: fills `sums`. All ranks take part. Before the next call a caller must
  /// have waited for the node's ranks, which read this rank's rows (as `GradientExchange.publish()`
  /// does).
  ///
  /// - Parameters:
  ///   - rows: the distinct rows that this rank touched, ascending.
  ///   - values: `rows.count × width` numbers, row by row.
  /// - Throws: `SharedMemoryError` if a node has too little memory to share; `MPIError`.
  public func sum(rows: [Int32], values: UnsafeBufferPointer<Float>) throws {
    precondition(values.count == rows.count * width, "every row has its numbers")
    let counts = try peers.node.allGather(rows.count)
    try reserve(counts.max() ?? 0)
    rows.withUnsafeBufferPointer { source in
      for (index, row) in source.enumerated() { ids.own[index] = row }
    }
    if let source = values.baseAddress {
      numbers.own.baseAddress?.update(from: source, count: values.count)
    }
    try peers.node.barrier()
    join(
      zip(counts, zip(ids.regions, numbers.regions)).map { count, memory in
        Source(
          ids: UnsafeBufferPointer(start: memory.0.baseAddress, count: count),
          numbers: memory.1.baseAddress.map { UnsafePointer($0) })
      }, into: &nodeSum)
    try sumOverNodes()
  }

  /// Makes the shared memory large enough for `count` rows of each rank.
  private func reserve(_ count: Int) throws {
    // All ranks of the node know the same counts, and come to the same answer.
    guard count > capacity else { return }
    capacity = count + count / 4
    try ids.free()
    try numbers.free()
    ids = try SharedMemory(count: capacity, over: peers.node)
    numbers = try SharedMemory(count: capacity * width, over: peers.node)
  }

  private func sumOverNodes() throws(MPIError) {
    guard let interNode = peers.interNode, interNode.size > 1 else {
      return swap(&sums, &nodeSum)
    }
    let shards = Range.consecutive(counts: try interNode.allGather(nodeSum.rows.count))
    try gather(nodeSum.rows, into: &gatheredIDs, shards: shards, over: interNode)
    let wide = shards.map { $0.lowerBound * width..<$0.upperBound * width }
    try gather(nodeSum.values, into: &gatheredNumbers, shards: wide, over: interNode)
    gatheredIDs.withUnsafeBufferPointer { ids in
      gatheredNumbers.withUnsafeBufferPointer { numbers in
        join(
          shards.map { shard in
            Source(
              ids: UnsafeBufferPointer(rebasing: ids[shard]),
              numbers: numbers.baseAddress.map { $0 + shard.lowerBound * width })
          }, into: &sums)
      }
    }
  }

  private func gather<Element: MPIElement>(
    _ own: [Element], into all: inout [Element], shards: [Range<Int>],
    over interNode: Communicator
  ) throws(MPIError) {
    let total = shards.last?.upperBound ?? 0
    if all.count < total {
      all.append(contentsOf: repeatElement(.zero, count: total - all.count))
    }
    all.withUnsafeMutableBufferPointer { all in
      _ = UnsafeMutableBufferPointer(rebasing: all[shards[interNode.rank]])
        .update(fromContentsOf: own)
    }
    var span = all.mutableSpan
    try interNode.allGather(&span, shards: shards)
  }

  /// The rows of one rank or node.
  private struct Source {
    let ids: UnsafeBufferPointer<Int32>
    let numbers: UnsafePointer<Float>?
    var head = 0
  }

  /// Adds up the rows that this rank owns, in the order of the sources.
  private func join(_ sources: [Source], into result: inout Rows) {
    result.rows.removeAll(keepingCapacity: true)
    result.values.removeAll(keepingCapacity: true)
    var sources = sources
    while true {
      var next = Int32.max
      for index in sources.indices {
        while sources[index].head < sources[index].ids.count,
          !peers.owns(row: Int(sources[index].ids[sources[index].head]))
        { sources[index].head += 1 }
        if sources[index].head < sources[index].ids.count {
          next = min(next, sources[index].ids[sources[index].head])
        }
      }
      if next == Int32.max { return }
      let start = result.values.count
      result.rows.append(next)
      for index in sources.indices {
        let (head, ids) = (sources[index].head, sources[index].ids)
        guard head < ids.count, ids[head] == next, let numbers = sources[index].numbers else {
          continue
        }
        let row = UnsafeBufferPointer(start: numbers + head * width, count: width)
        if result.values.count == start {
          result.values.append(contentsOf: row)
        } else {
          result.values.withUnsafeMutableBufferPointer { sum in
            for column in 0..<width { sum[start + column] += row[column] }
          }
        }
        sources[index].head += 1
      }
    }
  }
}
