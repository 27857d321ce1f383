/// Measures the sum of a gradient over ranks: by `GradientExchange` and by `MPI_Allreduce`.
public struct ExchangeBenchmark: Sendable {
  /// Rounds that are measured, each with both ways in turn.
  public var rounds = 9

  /// Nine rounds.
  public init() {}

  /// What one size took.
  public struct Result: Codable, Sendable {
    /// Bytes of a rank's gradient.
    public var bytes: Int
    /// Seconds of the exchange, the median of the slowest rank's.
    public var exchange: Double
    /// Seconds of `MPI_Allreduce`, the median of the slowest rank's.
    public var allReduce: Double
    /// How many times as fast the exchange is.
    public var ratio: Double { allReduce / exchange }
  }

  /// Sums gradients of `bytes` on all ranks of `world`; every rank gets the same result.
  public func run(bytes: Int, over world: Communicator) throws -> Result {
    let count = bytes / MemoryLayout<Float>.stride
    let exchange = try GradientExchange(
      count: count, buckets: [0..<count], over: Peers(world.duplicate()))
    var plain = [Float](repeating: 1, count: count)
    var times: (exchange: [Double], allReduce: [Double]) = ([], [])
    for round in 0..<rounds + 2 {
      for index in 0..<count { exchange.gradients[index] = 1 }
      let shared = try measure(over: world) {
        try exchange.bucketReady(0)
        try exchange.finish()
        try exchange.publish()
      }
      for index in 0..<count { plain[index] = 1 }
      let reduced = try measure(over: world) { try world.allReduce(&plain) }
      guard round >= 2 else { continue }
      times.exchange.append(shared)
      times.allReduce.append(reduced)
    }
    guard plain.allSatisfy({ $0 == Float(world.size) }),
      exchange.owned.joined().allSatisfy({ exchange.gradients[$0] == Float(world.size) })
    else { preconditionFailure("a sum is wrong") }
    return Result(
      bytes: bytes, exchange: times.exchange.sorted()[rounds / 2],
      allReduce: times.allReduce.sorted()[rounds / 2])
  }

  private func measure(over world: Communicator, _ body: () throws -> Void) throws -> Double {
    try world.barrier()
    let start = ContinuousClock.now
    try body()
    return try world.allReduce((ContinuousClock.now - start) / .seconds(1), .maximum)
  }
}
