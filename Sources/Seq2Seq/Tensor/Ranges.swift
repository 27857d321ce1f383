extension Range<Int> {
  /// One of `count` consecutive parts of about equal length.
  func evenPart(_ index: Int, of count: Int) -> Range<Int> {
    lowerBound + self.count * index / count..<lowerBound + self.count * (index + 1) / count
  }

  /// Consecutive parts of about equal length, none longer than `limit`.
  func evenParts(atMost limit: Int) -> LazyMapSequence<Range<Int>, Range<Int>> {
    let parts = (count + limit - 1) / limit
    return (0..<parts).lazy.map { evenPart($0, of: parts) }
  }
}
