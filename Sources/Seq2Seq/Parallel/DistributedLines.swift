import Distributed

/// Work on lines of text that the ranks of a job share: rank 0 has the lines, all ranks work, rank 0
/// has the results, in order. Without a job one process does it all.
public struct DistributedLines: LineWork {
  private let communicator: Communicator?

  /// Work shared by the ranks of `communicator`, or done by this process alone.
  public init(over communicator: Communicator?) { self.communicator = communicator }

  /// Whether this is rank 0.
  public var hasLines: Bool { communicator.map { $0.rank == 0 } ?? true }

  /// Lines that are worked on at a time: 1,024 per rank.
  public var window: Int { 1024 * (communicator?.size ?? 1) }

  /// Runs `body` on every rank.
  ///
  /// - Throws: what `body` throws; an `InputError` on all ranks if it throws on any.
  public func together<Result>(_ body: () throws -> Result) throws -> Result {
    guard let communicator else { return try body() }
    return try communicator.together(body)
  }

  /// See `LineWork.map`; all ranks take part. Items in the order of their lengths are dealt one by one, so that
  /// each rank has some of every length.
  ///
  /// - Throws: what `work` throws, on its rank; `MPIError`.
  public func map(
    _ items: [[String]], _ work: ([[String]]) throws -> [[String]]
  ) throws -> (results: [[String]], count: Int) {
    let items = try broadcast(items)
    let indices = share(of: order(of: items), rank: communicator?.rank ?? 0)
    let found = indices.isEmpty ? [] : try work(indices.map { items[$0] })
    let own = zip(indices, found).map { ["\($0)"] + $1 }
    var results = [[String]](repeating: [], count: items.count)
    for result in try gather(own) { results[Int(result[0]) ?? 0] = Array(result.dropFirst()) }
    return (hasLines ? results : [], items.count)
  }

  /// See `LineWork.mapNumbers`.
  ///
  /// - Throws: what `work` throws, on its rank; `MPIError`.
  public func mapNumbers(
    _ lines: [String], width: Int, _ work: ([String]) throws -> [Float]
  ) throws -> (numbers: [Float], count: Int) {
    let items = try broadcast(lines.map { [$0] })
    let order = order(of: items)
    let indices = share(of: order, rank: communicator?.rank ?? 0)
    let own = indices.isEmpty ? [] : try work(indices.map { items[$0][0] })
    var numbers = [Float](repeating: 0, count: hasLines ? items.count * width : 0)
    for (rank, rows) in try gather(own).enumerated() {
      // Whose line is where, all ranks know.
      for (place, index) in share(of: order, rank: rank).enumerated() {
        numbers.replaceSubrange(
          index * width..<(index + 1) * width, with: rows[place * width..<(place + 1) * width])
      }
    }
    return (numbers, items.count)
  }

  /// The items by their lengths.
  private func order(of items: [[String]]) -> [Int] {
    items.indices.sorted {
      (items[$0].reduce(0) { $0 + $1.utf8.count }, $0)
        < (items[$1].reduce(0) { $0 + $1.utf8.count }, $1)
    }
  }

  /// The items that a rank works on: some of every length.
  private func share(of order: [Int], rank: Int) -> [Int] {
    stride(from: rank, to: order.count, by: communicator?.size ?? 1).map { order[$0] }
  }

  private func broadcast(_ items: [[String]]) throws -> [[String]] {
    guard let communicator else { return items }
    return Self.items(try communicator.broadcast(bytes: Self.bytes(items), from: 0))
  }

  private func gather(_ items: [[String]]) throws -> [[String]] {
    guard let communicator else { return items }
    return try communicator.gather(bytes: Self.bytes(items)).flatMap(Self.items)
  }

  /// The numbers of every rank, in rank order, on rank 0.
  private func gather(_ numbers: [Float]) throws -> [[Float]] {
    guard let communicator else { return [numbers] }
    return try communicator.gather(bytes: numbers.withUnsafeBytes(Array.init)).map { bytes in
      [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
        count = bytes.count / 4
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      }
    }
  }

  // Lines have no line ends and items none of these two.
  private static func bytes(_ items: [[String]]) -> [UInt8] {
    items.flatMap { item in Array(item.map { $0 + "\n" }.joined().utf8) + [0xFF] }
  }

  private static func items(_ bytes: [UInt8]) -> [[String]] {
    bytes.split(separator: 0xFF, omittingEmptySubsequences: false).dropLast().map { item in
      item.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}
