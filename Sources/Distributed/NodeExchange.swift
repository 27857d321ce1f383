import CMPI

/// Sums numbers over nodes by messages that travel while the ranks compute.
///
/// A part is cut into pieces, and a piece into a share for each node. Every node sends its numbers of
/// each share to the share's owner, which adds them up in the order of the nodes and sends the sum to
/// all: each number crosses a node's link once in and once out in each direction, and the
/// sum has one order, whatever arrives first. (`MPI_Iallreduce` of Open MPI 4 gathers at one node and
/// takes twice as long.)
final class NodeExchange {
  private let across: Communicator
  private let memory: UnsafeMutablePointer<Float>
  private var pieces: [Piece] = []
  /// Pieces before this one are done.
  private var first = 0
  private let staging: UnsafeMutablePointer<Float>

  /// Numbers of a piece, and pieces that are under way at once.
  private static let pieceSize = 1 << 20
  private static let window = 8

  private struct Piece {
    enum Phase { case waiting, collecting, distributing, done }

    /// Of each node.
    let shares: [Range<Int>]
    var phase = Phase.waiting
    var requests: [MPI_Request?] = []
  }

  /// - Parameters:
  ///   - memory: the numbers; `across` has one rank of each node.
  ///   - across: they take part in all that follows, in one order.
  init(_ memory: UnsafeMutablePointer<Float>, across: Communicator) {
    (self.memory, self.across) = (memory, across)
    staging = .alignedZeros(Self.window * Self.pieceSize)
  }

  deinit { staging.deallocateAligned() }

  /// Begins to sum some of the numbers.
  func add(_ part: Range<Int>) {
    for start in stride(from: part.lowerBound, to: part.upperBound, by: Self.pieceSize) {
      let end = min(start + Self.pieceSize, part.upperBound)
      pieces.append(
        Piece(
          shares: ProcessGrid.evenRanges(of: end - start, parts: across.size).map {
            start + $0.lowerBound..<start + $0.upperBound
          }))
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

  /// Forgets what is done.
  func reset() {
    precondition(first == pieces.count, "pieces are under way")
    pieces.removeAll(keepingCapacity: true)
    first = 0
  }

  private var others: [Int] { (0..<across.size).filter { $0 != across.rank } }

  /// Where the numbers of a node for this node's share of a piece arrive.
  private func arrival(_ index: Int, from node: Int) -> UnsafeMutablePointer<Float> {
    let length = pieces[index].shares[across.rank].count
    let place = node < across.rank ? node : node - 1
    return staging + index % Self.window * Self.pieceSize + place * length
  }

  private func collect(_ index: Int) throws(MPIError) {
    let shares = pieces[index].shares
    for node in others {
      try receive(
        index, arrival(index, from: node), shares[across.rank].count, node, tag: 2 * index)
      try send(index, shares[node], to: node, tag: 2 * index)
    }
  }

  private func addUp(_ index: Int) {
    let own = pieces[index].shares[across.rank]
    sum(
      (0..<across.size).map {
        UnsafePointer($0 == across.rank ? memory + own.lowerBound : arrival(index, from: $0))
      }, into: memory + own.lowerBound, count: own.count)
  }

  private func distribute(_ index: Int) throws(MPIError) {
    let shares = pieces[index].shares
    pieces[index].requests.removeAll(keepingCapacity: true)
    for node in others {
      try receive(
        index, memory + shares[node].lowerBound, shares[node].count, node, tag: 2 * index + 1)
      try send(index, shares[across.rank], to: node, tag: 2 * index + 1)
    }
  }

  private func receive(
    _ index: Int, _ place: UnsafeMutablePointer<Float>, _ count: Int, _ node: Int, tag: Int
  ) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    try check(
      MPI_Irecv(
        place, Int32(count), Float.datatype, Int32(node), Int32(tag), across.handle, &request),
      "MPI_Irecv")
    pieces[index].requests.append(request)
  }

  private func send(
    _ index: Int, _ share: Range<Int>, to node: Int, tag: Int
  ) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    try check(
      MPI_Isend(
        memory + share.lowerBound, Int32(share.count), Float.datatype, Int32(node), Int32(tag),
        across.handle, &request), "MPI_Isend")
    pieces[index].requests.append(request)
  }

  private func isComplete(_ index: Int) throws(MPIError) -> Bool {
    try pieces[index].requests.withUnsafeMutableBufferPointer { (requests) throws(MPIError) in
      try Waiting.areComplete(requests)
    }
  }
}
