/// Sums gradients of a table's rows over the ranks that hold the same table: only rows that some
/// rank touched travel.
///
/// Each rank gets the sums of the rows that it owns (`Peers.owns(row:)`), their parts added in the
/// order of ranks and then of nodes.
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
  public init(width: Int, over peers: Peers) throws {
    (self.peers, self.width) = (peers, width)
    capacity = 0
    ids = try SharedMemory(count: 0, over: peers.node)
    numbers = try SharedMemory(count: 0, over: peers.node)
  }

  /// Sums rows over the ranks: fills `sums`.
  ///
  /// - Parameters:
  ///   - rows: the distinct rows that this rank touched, ascending.
  ///   - values: `rows.count × width` numbers, row by row.
  public func sum(rows: [Int32], values: UnsafeBufferPointer<Float>) throws {
    precondition(values.count == rows.count * width)
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
      zip(counts, zip(ids.parts, numbers.parts)).map { count, memory in
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
    guard let across = peers.across, across.size > 1 else { return swap(&sums, &nodeSum) }
    let counts = try across.allGather(nodeSum.rows.count)
    var parts: [Range<Int>] = []
    var total = 0
    for count in counts {
      parts.append(total..<total + count)
      total += count
    }
    try gather(nodeSum.rows, into: &gatheredIDs, parts: parts, over: across)
    let wide = parts.map { $0.lowerBound * width..<$0.upperBound * width }
    try gather(nodeSum.values, into: &gatheredNumbers, parts: wide, over: across)
    gatheredIDs.withUnsafeBufferPointer { ids in
      gatheredNumbers.withUnsafeBufferPointer { numbers in
        join(
          parts.map { part in
            Source(
              ids: UnsafeBufferPointer(rebasing: ids[part]),
              numbers: numbers.baseAddress.map { $0 + part.lowerBound * width })
          }, into: &sums)
      }
    }
  }

  private func gather<Element: MPIElement>(
    _ own: [Element], into all: inout [Element], parts: [Range<Int>], over across: Communicator
  ) throws(MPIError) {
    let total = parts.last?.upperBound ?? 0
    if all.count < total {
      all.append(contentsOf: repeatElement(.zero, count: total - all.count))
    }
    all.withUnsafeMutableBufferPointer { all in
      _ = UnsafeMutableBufferPointer(rebasing: all[parts[across.rank]]).update(fromContentsOf: own)
    }
    var span = all.mutableSpan
    try across.allGather(&span, parts: parts)
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
