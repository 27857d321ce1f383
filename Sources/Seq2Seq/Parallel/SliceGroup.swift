import Distributed

/// The ranks that own the slices of one softmax.
final class SliceGroup {
  private let communicator: Communicator
  /// Told of waiting.
  let timeline: Timeline
  private let storage = FloatStorage()

  init(_ communicator: Communicator, timeline: Timeline) {
    self.communicator = communicator
    self.timeline = timeline
  }

  /// Whether this rank has the first slice.
  var isFirst: Bool { communicator.rank == 0 }

  /// All slices' statistics, `[slices · rows, 3]`, from those of each.
  func combine(_ own: Matrix) throws -> Matrix {
    let all = storage.matrix(rows: communicator.size * own.rows, columns: own.columns)
    all[rows: communicator.rank * own.rows..<(communicator.rank + 1) * own.rows].copy(from: own)
    let count = own.rows * own.columns
    let shards = (0..<communicator.size).map { $0 * count..<($0 + 1) * count }
    try timeline.record(.waiting, "statistics of the slices") {
      try all.withMutableSpan { try communicator.allGather(&$0, shards: shards) }
    }
    return all
  }
}
