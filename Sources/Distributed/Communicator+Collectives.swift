import CMPI

// Collectives (MPI 4.0, chapter 6). Every rank of the communicator must call them, in one order and
// with equal counts. They return when this rank may go on. Counts may exceed 2³¹. What MPI refuses
// they throw as `MPIError`.
extension Communicator {
  /// Returns when every rank has come here.
  public func barrier() throws(MPIError) {
    try complete("MPI_Ibarrier") { request in MPI_Ibarrier(handle, &request) }
  }

  /// Starts an operation and waits for it in the way that suits the node.
  private func complete(
    _ operation: StaticString, _ start: (inout MPI_Request?) -> Int32
  ) throws(MPIError) {
    var request: MPI_Request? = cmpi_request_null()
    try check(start(&request), operation)
    try Waiting.until { () throws(MPIError) in
      var flag: Int32 = 0
      try check(MPI_Test(&request, &flag, cmpi_status_ignore()), operation)
      return flag != 0
    }
  }

  /// Gives every rank the numbers that `root` has.
  public func broadcast<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, from root: Int
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try broadcast(buffer, from: root)
    }
  }

  /// Replaces every rank's numbers by their reduction over the ranks.
  public func allReduce<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, _ operation: ReduceOperation = .sum
  ) throws(MPIError) {
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      try inPieces(of: buffer.count) { (offset, count) throws(MPIError) in
        // MPI_IN_PLACE is a mark, not an address: only the receiving side moves.
        let piece = buffer.baseAddress! + offset
        guard Waiting.ranksShareCores else {
          return try check(
            MPI_Allreduce(
              cmpi_in_place(), piece, count, Element.datatype, operation.handle, handle),
            "MPI_Allreduce")
        }
        try complete("MPI_Iallreduce") { request in
          MPI_Iallreduce(
            cmpi_in_place(), piece, count, Element.datatype, operation.handle, handle, &request)
        }
      }
    }
  }

  /// Replaces an array's numbers by their reduction over the ranks.
  public func allReduce<Element: MPIElement>(
    _ values: inout [Element], _ operation: ReduceOperation = .sum
  ) throws(MPIError) {
    var span = values.mutableSpan
    try allReduce(&span, operation)
  }

  /// The reduction of one number over the ranks.
  public func allReduce<Element: MPIElement>(
    _ value: Element, _ operation: ReduceOperation = .sum
  ) throws(MPIError) -> Element {
    var values = [value]
    try allReduce(&values, operation)
    return values[0]
  }

  /// Adds up `values` over the ranks and leaves the sums of this rank's shard in
  /// `values[shards[rank]]`. Outside of it `values` are undefined afterwards.
  ///
  /// - Parameter shards: a range for each rank, the same on all ranks; they may be of unequal length
  ///   or empty, and must not overlap.
  public func reduceScatter<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, shards: [Range<Int>]
  ) throws(MPIError) {
    precondition(shards.count == size, "one shard per rank")
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      for (owner, shard) in shards.enumerated() {
        try inPieces(of: shard.count) { (offset, count) throws(MPIError) in
          let piece = buffer.baseAddress! + shard.lowerBound + offset
          let isOwner = owner == rank
          try check(
            MPI_Reduce(
              isOwner ? cmpi_in_place() : UnsafeMutableRawPointer(piece),
              isOwner ? UnsafeMutableRawPointer(piece) : nil,
              count, Element.datatype, cmpi_sum(), Int32(owner), handle),
            "MPI_Reduce")
        }
      }
    }
  }

  /// Gives every rank the shards of all ranks: rank `r` gives `values[shards[r]]`.
  ///
  /// - Parameter shards: a range for each rank, the same on all ranks; they may be of unequal length
  ///   or empty, and must not overlap.
  public func allGather<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, shards: [Range<Int>]
  ) throws(MPIError) {
    precondition(shards.count == size, "one shard per rank")
    try values.withUnsafeMutableBufferPointer { (buffer) throws(MPIError) in
      if shards.allSatisfy({ $0.upperBound <= countLimit }) {
        let counts = shards.map { Int32($0.count) }
        let offsets = shards.map { Int32($0.lowerBound) }
        // MPI may read the counts until the operation is complete.
        try counts.withUnsafeBufferPointer { (counts) throws(MPIError) in
          try offsets.withUnsafeBufferPointer { (offsets) throws(MPIError) in
            try complete("MPI_Iallgatherv") { request in
              MPI_Iallgatherv(
                cmpi_in_place(), 0, Element.datatype, buffer.baseAddress, counts.baseAddress,
                offsets.baseAddress, Element.datatype, handle, &request)
            }
          }
        }
      } else {
        for (owner, shard) in shards.enumerated() {
          try broadcast(UnsafeMutableBufferPointer(rebasing: buffer[shard]), from: owner)
        }
      }
    }
  }

  /// One number of every rank, in rank order.
  public func allGather<Element: MPIElement>(_ value: Element) throws(MPIError) -> [Element] {
    var values = [Element](repeating: .zero, count: size)
    values[rank] = value
    var span = values.mutableSpan
    try allGather(&span, shards: (0..<size).map { $0..<$0 + 1 })
    return values
  }

  /// Every rank's bytes, in rank order, on rank 0; nothing on the others. They may be of any length on
  /// each.
  ///
  /// - Throws: `MPIError`.
  public func gather(bytes: [UInt8]) throws(MPIError) -> [[UInt8]] {
    let shards = Range.consecutive(counts: try allGather(bytes.count))
    let total = shards.last?.upperBound ?? 0
    guard total <= countLimit else {
      var all: [[UInt8]] = []
      for source in 0..<size {
        let bytes = try broadcast(bytes: bytes, from: source)
        if rank == 0 { all.append(bytes) }
      }
      return all
    }
    var all = [UInt8](repeating: 0, count: rank == 0 ? total : 0)
    let (counts, offsets) = (shards.map { Int32($0.count) }, shards.map { Int32($0.lowerBound) })
    // MPI may read all three until the operation is complete.
    try all.withUnsafeMutableBufferPointer { (all) throws(MPIError) in
      try counts.withUnsafeBufferPointer { (counts) throws(MPIError) in
        try offsets.withUnsafeBufferPointer { (offsets) throws(MPIError) in
          try bytes.withUnsafeBufferPointer { (bytes) throws(MPIError) in
            try complete("MPI_Igatherv") { request in
              MPI_Igatherv(
                bytes.baseAddress, Int32(bytes.count), UInt8.datatype, all.baseAddress,
                counts.baseAddress, offsets.baseAddress, UInt8.datatype, 0, handle, &request)
            }
          }
        }
      }
    }
    return rank == 0 ? shards.map { Array(all[$0]) } : []
  }

  /// Gives every rank the bytes that `root` has. The other ranks' `bytes` are not looked at.
  public func broadcast(bytes: [UInt8], from root: Int) throws(MPIError) -> [UInt8] {
    let count = try allGather(bytes.count)[root]
    var result = rank == root ? bytes : [UInt8](repeating: 0, count: count)
    var span = result.mutableSpan
    try broadcast(&span, from: root)
    return result
  }

  private func broadcast<Element: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int
  ) throws(MPIError) {
    try inPieces(of: buffer.count) { (offset, count) throws(MPIError) in
      try complete("MPI_Ibcast") { request in
        MPI_Ibcast(
          buffer.baseAddress! + offset, count, Element.datatype, Int32(root), handle, &request)
      }
    }
  }
}
