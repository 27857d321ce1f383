import Testing

@testable import Distributed

@Suite("Shards of a range")
struct ShardsTests {
  @Test("even shards cover everything, the longer ones first")
  func evenShards() {
    #expect((0..<7).evenShards(3) == [0..<3, 3..<5, 5..<7])
    #expect((0..<8).evenShards(3) == [0..<3, 3..<6, 6..<8])
    #expect((10..<16).evenShards(3) == [10..<12, 12..<14, 14..<16])
    #expect((5..<7).evenShards(4) == [5..<6, 6..<7, 7..<7, 7..<7])
    #expect((3..<3).evenShards(2) == [3..<3, 3..<3])
  }

  @Test("ranges of given lengths follow one another")
  func consecutive() {
    #expect(Range.consecutive(counts: [2, 0, 3]) == [0..<2, 2..<2, 2..<5])
    #expect(Range.consecutive(counts: [1, 1], from: 4) == [4..<5, 5..<6])
    #expect(Range.consecutive(counts: []).isEmpty)
  }
}
