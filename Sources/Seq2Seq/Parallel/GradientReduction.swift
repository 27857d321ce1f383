import Distributed

/// The gradients of a rank in memory that its node shares, and their sums over the replicas: what
/// the backward pass completes is summed while it goes on.
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
      dense: exchange.owned + [layout.local], rowParts: context.peers.shardCount,
      rowPart: context.peers.shard)
  }

  /// The gradients of a bucket are complete: their sum over the replicas begins.
  ///
  /// - Throws: `BucketError` where the range is no bucket, or has been announced in this step.
  func gradientsReady(_ range: Range<Int>) throws {
    if let index = buckets.firstIndex(of: range) { return try exchange.complete(index) }
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
  var sumOfSquares: Double {
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

/// Which parameters a rank updates.
struct Ownership: Sendable {
  /// Dense ones.
  let dense: [Range<Int>]
  /// Of every table the rows with `row % rowParts == rowPart`; none if `rowPart` is nil.
  let rowParts: Int
  let rowPart: Int?

  /// All of a model.
  static func whole(_ layout: ParameterLayout) -> Ownership {
    Ownership(dense: [0..<layout.denseCount], rowParts: 1, rowPart: 0)
  }

  /// The owned rows of a table.
  func rows(of table: ParameterSlice) -> StrideTo<Int> {
    stride(from: rowPart ?? table.rows, to: table.rows, by: rowParts)
  }
}

extension RankContext {
  /// Parameters that the ranks of a node share, filled by `fill`, which is given those that this
  /// rank has to fill. All ranks of the run take part.
  func makeParameters(
    _ layout: ParameterLayout, fill: (Parameters, [ParameterSlice]) throws -> Void
  ) throws -> Parameters {
    let isFirst = peers.node.rank == 0
    let memory = try world.together {
      try GradientReduction.explaining {
        try SharedMemory<Float>(count: isFirst ? layout.replicatedCount : 0, over: peers.node)
      }
    }
    let parameters = Parameters(
      layout: layout, replicated: FloatStorage(borrowing: memory.regions[0], from: memory))
    // One rank may find a number that the others do not look at.
    try world.together {
      try fill(
        parameters, layout.all.filter { isFirst || layout.local.contains($0.range.lowerBound) })
    }
    return parameters
  }
}
