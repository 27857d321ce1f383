/// Keeps the books of one step's buckets: which of them are announced, and which may begin.
///
/// Every bucket must be announced exactly once per step. Ranks may announce in any order: buckets
/// begin in the order of their numbers, because all ranks must begin them in one order.
struct BucketLedger {
  private var isAnnounced: [Bool]
  /// The first bucket that has not begun.
  private var next = 0

  /// The books of some buckets.
  ///
  /// - Parameters:
  ///   - buckets: ranges of the gradients.
  ///   - gradientCount: the number of gradients.
  /// - Throws: `BucketError` if a bucket goes beyond the gradients, or if two of them overlap.
  init(_ buckets: [Range<Int>], gradientCount: Int) throws(BucketError) {
    for (index, range) in buckets.enumerated()
    where range.lowerBound < 0 || range.upperBound > gradientCount {
      throw .outside(bucket: index, gradientCount: gradientCount)
    }
    let ordered = buckets.indices.filter { !buckets[$0].isEmpty }
      .sorted { buckets[$0].lowerBound < buckets[$1].lowerBound }
    for (one, other) in zip(ordered, ordered.dropFirst())
    where buckets[one].upperBound > buckets[other].lowerBound {
      throw .overlapping(min(one, other), max(one, other))
    }
    isAnnounced = buckets.map { _ in false }
  }

  /// Notes that a bucket is complete.
  ///
  /// - Returns: the buckets that may begin now; this bucket is among them unless one before it is
  ///   missing.
  /// - Throws: `BucketError` if there is no such bucket, or if it was announced in this step
  ///   before. The books are as they were then.
  mutating func announce(_ bucket: Int) throws(BucketError) -> Range<Int> {
    guard isAnnounced.indices.contains(bucket) else {
      throw .unknown(bucket: bucket, bucketCount: isAnnounced.count)
    }
    guard !isAnnounced[bucket] else { throw .twice(bucket: bucket) }
    isAnnounced[bucket] = true
    let first = next
    while next < isAnnounced.count, isAnnounced[next] { next += 1 }
    return first..<next
  }

  /// Checks that every bucket was announced in this step.
  ///
  /// - Throws: `BucketError` with those that were not.
  func checkComplete() throws(BucketError) {
    guard next == isAnnounced.count else {
      throw .missing(buckets: isAnnounced.indices.filter { !isAnnounced[$0] })
    }
  }

  /// Begins the next step.
  ///
  /// - Throws: `BucketError` if this one is not complete. The books are as they were then.
  mutating func finish() throws(BucketError) {
    try checkComplete()
    for index in isAnnounced.indices { isAnnounced[index] = false }
    next = 0
  }
}

/// A mistake of the program in its use of `GradientExchange`, not of its user.
///
/// Without it the mistake would go unseen: gradients would be summed too often or not at all.
public enum BucketError: Error, CustomStringConvertible, Equatable {
  /// There is no bucket of this number.
  case unknown(bucket: Int, bucketCount: Int)
  /// These gradients are not a bucket, and other ranks have them too.
  case noBucket(Range<Int>)
  /// A bucket was announced a second time in one step.
  case twice(bucket: Int)
  /// Buckets were not announced before the end of the step.
  case missing(buckets: [Int])
  /// A bucket goes beyond the gradients.
  case outside(bucket: Int, gradientCount: Int)
  /// Two buckets have gradients in common.
  case overlapping(Int, Int)

  /// One sentence with the numbers of the buckets, which count from 0.
  public var description: String {
    switch self {
    case .unknown(let bucket, let count):
      "a fault of the program: gradient bucket \(bucket) was announced, but there are only \(count)"
    case .noBucket(let range):
      "a fault of the program: the gradients \(range) were announced, but they are no bucket"
    case .twice(let bucket):
      "a fault of the program: gradient bucket \(bucket) was announced twice in one step"
    case .missing(let buckets):
      "a fault of the program: gradient bucket\(buckets.count == 1 ? "" : "s") "
        + buckets.map(String.init).joined(separator: ", ")
        + " \(buckets.count == 1 ? "was" : "were") not announced in a step"
    case .outside(let bucket, let count):
      "a fault of the program: gradient bucket \(bucket) goes beyond the \(count) gradients"
    case .overlapping(let one, let other):
      "a fault of the program: gradient buckets \(one) and \(other) overlap"
    }
  }
}
