import Distributed

/// A rank's gradients, in memory that its node sees, and their sums over the replicas. A bucket is summed
/// while the backward pass goes on.
final class GradientReduction {
  /// This rank's gradients; after `sum()` those that it owns are sums.
  let gradients: Gradients
  /// What this rank owns.
  let ownership: Ownership
  private let context: RankContext
  private let buckets: [Range<Int>]
  private let exchange: GradientExchange
  private let tables: [RowExchange]

  /// All ranks of the run take part.
  init(_ model: any Model, in context: RankContext) throws {
    let layout = model.layout
    self.context = context
    buckets = model.gradientBuckets
    exchange = try context.world.together {
      try Self.explaining {
        try GradientExchange(
          count: layout.denseCount, buckets: model.gradientBuckets, over: context.peers)
      }
    }
    tables = try layout.tables.map { try RowExchange(width: $0.columns, over: context.peers) }
    gradients = Gradients(
      layout: layout, dense: FloatStorage(borrowing: exchange.gradients, from: exchange))
    ownership = Ownership(
      dense: exchange.owned + [layout.local], rowShardCount: context.peers.shardCount,
      rowShard: context.peers.shard)
  }

  /// The gradients of a bucket are complete: their sum over the replicas begins.
  ///
  /// - Throws: `BucketError` where the range is no bucket, or has been announced in this step.
  func gradientsReady(_ range: Range<Int>) throws {
    if let index = buckets.firstIndex(of: range) { return try exchange.bucketReady(index) }
    // No other rank has this rank's own slice of the softmax: nothing is summed.
    guard range.clamped(to: gradients.layout.local) == range else {
      throw BucketError.noBucket(range)
    }
  }

  /// Goes on with the sums of what is complete, if there is anything; called every now and then.
  func poll() { exchange.progress() }

  /// Returns when the sums are there.
  func sum() throws {
    let timeline = context.timeline
    try timeline.record(.waiting, "replicas of this node") { try exchange.awaitNode() }
    try timeline.record(.exchanging, "gradients") {
      try exchange.finish()
      for (table, rows) in zip(gradients.tables, tables) {
        try Self.explaining {
          try rows.sum(rows: table.rows, values: UnsafeBufferPointer(table.values.memory))
        }
        table.begin(rows: rows.sums.rows).copy(from: rows.sums.values)
      }
    }
    timeline.computes("norm and update")
  }

  /// Σ g² of what this rank counts: of all ranks together, every parameter once.
  func sumOfSquares() -> Double {
    var sum = gradients.sumOfSquares(dense: gradients.layout.local)
    if context.peers.countsShard {
      sum += gradients.sumOfSquaresOfTables()
      for range in exchange.owned { sum += gradients.sumOfSquares(dense: range) }
    }
    return sum
  }

  /// Returns when this node's parameters are up to date.
  func publish() throws {
    try context.timeline.record(.waiting, "updates of this node") { try exchange.publish() }
  }

  /// Throws a shortage of shared memory as what it is for the user.
  static func explaining<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SharedMemoryError {
      throw InputError(error.description)
    }
  }
}
