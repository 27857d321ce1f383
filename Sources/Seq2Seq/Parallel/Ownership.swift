/// Which parameters a rank updates: within a node each rank its shard, with moments once per node (ZeRO-1).
struct Ownership: Sendable {
  /// Dense ones.
  let dense: [Range<Int>]
  /// Of every table the rows with `row % rowShardCount == rowShard`; none if `rowShard` is nil.
  let rowShardCount: Int
  let rowShard: Int?

  /// All of a model.
  static func whole(_ layout: ParameterLayout) -> Ownership {
    Ownership(dense: [0..<layout.denseCount], rowShardCount: 1, rowShard: 0)
  }

  /// The owned rows of a table.
  func rows(of table: ParameterSlice) -> StrideTo<Int> {
    stride(from: rowShard ?? table.rows, to: table.rows, by: rowShardCount)
  }
}
