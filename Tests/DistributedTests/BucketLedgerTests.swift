import Testing

@testable import Distributed

@Suite("Bucket ledger")
struct BucketLedgerTests {
  private func ledger() throws -> BucketLedger {
    try BucketLedger([0..<4, 4..<6, 10..<10, 6..<9], gradientCount: 12)
  }

  @Test("every bucket once is a step, and the next step begins anew")
  func steps() throws {
    var ledger = try ledger()
    for _ in 0..<3 {
      for bucket in 0..<4 { #expect(try ledger.announce(bucket) == bucket..<bucket + 1) }
      try ledger.finish()
    }
    var empty = try BucketLedger([], gradientCount: 0)
    try empty.finish()
  }

  @Test("buckets begin in the order of their numbers, whatever order they are announced in")
  func order() throws {
    var ledger = try ledger()
    #expect(try ledger.announce(2).isEmpty)
    #expect(try ledger.announce(0) == 0..<1)
    #expect(try ledger.announce(1) == 1..<3)
    #expect(try ledger.announce(3) == 3..<4)
    try ledger.finish()
  }

  @Test("a bucket that is announced twice is refused, before and after it has begun")
  func twice() throws {
    var ledger = try ledger()
    _ = try ledger.announce(0)
    _ = try ledger.announce(2)
    #expect(throws: BucketError.twice(bucket: 0)) { try ledger.announce(0) }
    #expect(throws: BucketError.twice(bucket: 2)) { try ledger.announce(2) }
    // As if nothing had happened.
    #expect(try ledger.announce(1) == 1..<3)
    #expect(try ledger.announce(3) == 3..<4)
    try ledger.finish()
  }

  @Test("a bucket that there is not is refused", arguments: [-1, 4, .max])
  func unknown(bucket: Int) throws {
    var ledger = try ledger()
    #expect(throws: BucketError.unknown(bucket: bucket, bucketCount: 4)) {
      try ledger.announce(bucket)
    }
  }

  @Test("a step without some bucket does not finish")
  func missing() throws {
    var ledger = try ledger()
    #expect(throws: BucketError.missing(buckets: [0, 1, 2, 3])) { try ledger.finish() }
    _ = try ledger.announce(0)
    _ = try ledger.announce(2)
    #expect(throws: BucketError.missing(buckets: [1, 3])) { try ledger.checkComplete() }
    #expect(throws: BucketError.missing(buckets: [1, 3])) { try ledger.finish() }
    // What has been announced stays announced.
    _ = try ledger.announce(1)
    _ = try ledger.announce(3)
    try ledger.finish()
    // The last one alone, too: nothing before it tells.
    for bucket in 0..<3 { _ = try ledger.announce(bucket) }
    #expect(throws: BucketError.missing(buckets: [3])) { try ledger.finish() }
  }

  @Test("buckets lie within the gradients and do not overlap")
  func ranges() throws {
    #expect(throws: BucketError.outside(bucket: 1, gradientCount: 5)) {
      try BucketLedger([0..<2, 2..<6], gradientCount: 5)
    }
    #expect(throws: BucketError.outside(bucket: 0, gradientCount: 5)) {
      try BucketLedger([-1..<2], gradientCount: 5)
    }
    #expect(throws: BucketError.overlapping(0, 2)) {
      try BucketLedger([3..<6, 0..<1, 1..<4], gradientCount: 9)
    }
    #expect(throws: BucketError.overlapping(0, 1)) {
      try BucketLedger([0..<9, 4..<5], gradientCount: 9)
    }
    // What is empty is in nobody's way.
    _ = try BucketLedger([0..<9, 4..<4, 4..<4], gradientCount: 9)
  }

  @Test("errors name the buckets in one sentence")
  func descriptions() {
    #expect("\(BucketError.twice(bucket: 3))".contains("bucket 3 was announced twice"))
    #expect("\(BucketError.missing(buckets: [7]))".contains("bucket 7 was not announced"))
    #expect("\(BucketError.missing(buckets: [1, 4]))".contains("buckets 1, 4 were not announced"))
    #expect(
      "\(BucketError.unknown(bucket: 9, bucketCount: 4))".contains("bucket 9 was announced"))
    #expect("\(BucketError.noBucket(4..<8))".contains("4..<8"))
    #expect("\(BucketError.overlapping(1, 2))".contains("1 and 2 overlap"))
    #expect("\(BucketError.outside(bucket: 2, gradientCount: 7))".contains("the 7 gradients"))
  }
}
