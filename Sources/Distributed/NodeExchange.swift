import CMPI

/// Sums numbers over nodes by messages that travel while the ranks compute.
///
/// A range is cut into pieces, and a piece into one shard per node. Every node sends its numbers of
/// each shard to the shard's owner. The owner adds them up in the order of the nodes and sends the
/// sums to all (a reduce-scatter, then an all-gather). Each number crosses a node's link once in
/// and once out in each direction, and the sum has one order, whatever arrives first.
/// (`MPI_Iallreduce` of Open MPI 4 gathers at one node and takes twice as long.)
final class NodeExchange {
  private let interNode: Communicator
  private let memory: UnsafeMutablePointer<Float>
  private var pieces: [Piece] = []
  /// Pieces before this one are done.
  private var first = 0
  /// Where the other nodes' numbers arrive.
  private let staging: UnsafeMutablePointer<Float>

  /// Numbers per piece.
  private static let pieceSize = 1 << 20
  /// Pieces that are under way at once.
  private static let window = 8

  private struct Piece {
    enum Phase { case waiting, collecting, distributing, done }

    /// Of each node.
    let shards: [Range<Int>]
    var phase = Phase.waiting
    var requests: [MPI_Request?] = []
  }

  /// - Parameters:
  ///   - memory: the numbers. They must live as long as this object.
  ///   - interNode: one rank of each node. They take part in all that follows, in one order.
  init(_ memory: UnsafeMutablePointer<Float>, over interNode: Communicator) {
    (self.memory, self.interNode) = (memory, interNode)
    staging = .alignedZeros(Self.window * Self.pieceSize)
  }

  deinit { staging.deallocateAligned() }

  /// Begins to sum some of the numbers, which must be left alone until they are done. All ranks must
  /// add the same ranges in one order.
  func add(_ range: Range<Int>) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceSize) {
      let end = min(start + Self.pieceSize, range.upperBound)
      pieces.append(Piece(shards: (start..<end).evenShards(interNode.size)))
    }
  }

  /// Takes every piece under way as far as it can go without waiting.
  ///
  /// - Returns: whether all are done.
  func advance() throws(MPIError) -> Bool {
    for index in first..<min(first + Self.window, pieces.count) {
      switch pieces[index].phase {
      case .waiting:
        try collect(index)
        pieces[index].phase = .collecting
      case .collecting:
        guard try isComplete(index) else { continue }
        addUp(index)
        try distribute(index)
        pieces[index].phase = .distributing
      case .distributing:
        if try isComplete(index) { pieces[index].phase = .done }
      case .done: break
      }
    }
    while first < pieces.count, pieces[first].phase == .done { first += 1 }
    return first == pieces.count
  }

  /// Forgets what is done. Nothing may be under way.
  func reset() {
    precondition(first == pieces.count, "pieces are under way")
    pieces.removeAll(keepingCapacity: true)
    first = 0
  }

  private var others: [Int] { (0..<interNode.size).filter { $0 != interNode.rank } }

  /// Where the numbers of a node for this node's shard of a piece arrive.
  private func arrival(_ index: Int, from node: Int) -> UnsafeMutablePointer<Float> {
    let length = pieces[index].shards[interNode.rank].count
    let slot = node < interNode.rank ? node : node - 1
    return staging + index % Self.window * Self.pieceSize + slot * length
  }

  private func collect(_ index: Int) throws(MPIError) {
    let shards = pieces[index].shards
    for node in others {
      try receive(
        index, arrival(index, from: node), shards[interNode.rank].count, node, tag: 2 * index)
      try send(index, shards[node], to: node, tag: 2 * index)
    }
  }

  private func addUp(_ index: Int) {
    let own = pieces[index].shards[interNode.rank]
    sum(
      (0..<interNode.size).map {
        UnsafePointer($0 == interNode.rank ? memory + own.lowerBound : arrival(index, from: $0))
      }, into: memory + own.lowerBound, count: own.count)
  }

  private func distribute(_ index: Int) throws(MPIError) {
    let shards = pieces[index].shards
    pieces[index].requests.removeAll(keepingCapacity: true)
    for node in others {
      try receive(
        index, memory + shards[node].lowerBound, shards[node].count, node, tag: 2 * index + 1)
      try send(index, shards[interNode.rank], to: node, tag: 2 * index + 1)
    }
  }

  private func receive(
    _ index: Int, _ address: UnsafeMutablePointer<Float>, _ count: Int, _ node: Int, tag: Int
  ) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    try check(
      MPI_Irecv(
        address, Int32(count), Float.datatype, Int32(node), Int32(tag), interNode.handle, &request),
      "MPI_Irecv")
    pieces[index].requests.append(request)
  }

  private func send(
    _ index: Int, _ shard: Range<Int>, to node: Int, tag: Int
  ) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    try check(
      MPI_Isend(
        memory + shard.lowerBound, Int32(shard.count), Float.datatype, Int32(node), Int32(tag),
        interNode.handle, &request), "MPI_Isend")
    pieces[index].requests.append(request)
  }

  private func isComplete(_ index: Int) throws(MPIError) -> Bool {
    try pieces[index].requests.withUnsafeMutableBufferPointer { (requests) throws(MPIError) in
      try Waiting.areComplete(requests)
    }
  }
}
