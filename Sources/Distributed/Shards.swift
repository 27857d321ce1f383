// The one place of this module that cuts ranges.
extension Range<Int> {
  /// This range in consecutive shards whose lengths differ by at most one; the longer ones come
  /// first, and where there are more shards than numbers, the last ones are empty.
  func evenShards(_ shardCount: Int) -> [Range<Int>] {
    precondition(shardCount >= 1, "a range has at least one shard")
    let (quotient, remainder) = count.quotientAndRemainder(dividingBy: shardCount)
    return Self.consecutive(
      counts: (0..<shardCount).map { quotient + ($0 < remainder ? 1 : 0) }, from: lowerBound)
  }

  /// Ranges of the given lengths that follow one another.
  static func consecutive(counts: [Int], from start: Int = 0) -> [Range<Int>] {
    var end = start
    return counts.map { count in
      defer { end += count }
      return end..<end + count
    }
  }
}
