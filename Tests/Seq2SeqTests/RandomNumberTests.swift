import Testing

@testable import Seq2Seq

// Tests draw with the standard library: what they draw need not outlive a toolchain.
extension SeededGenerator: RandomNumberGenerator {}

@Suite("Random numbers")
struct RandomNumberTests {
  @Test("a seed means the same with every toolchain: the start of a model")
  func goldenStart() {
    let numbers = CounterBasedGenerator(seed: 1, stream: "encoder.lstm.weight_ih_l0")
    #expect(
      (0..<3).map { numbers.bits(at: $0) } == [
        5_327_365_380_124_523_354, 3_275_388_767_153_404_387, 13_012_045_421_216_155_722,
      ])
    #expect(
      (0..<4).map { numbers.uniform(at: $0, in: -0.08...0.08) } == [
        -0.033792477, -0.05159054, 0.0328615, 0.02339489,
      ])
  }

  @Test("a seed means the same with every toolchain: the order of sentences")
  func goldenOrder() {
    var generator = SeededGenerator(seed: 1, stream: "epoch 0")
    #expect((0..<8).map { _ in generator.next(below: 10) } == [3, 7, 6, 4, 4, 3, 0, 1])
    var items = Array(0..<12)
    generator.shuffle(&items)
    #expect(items == [4, 0, 8, 5, 3, 6, 2, 10, 11, 7, 1, 9])
    // A bound for which a quarter of all draws is drawn again.
    #expect(
      (0..<4).map { _ in generator.next(below: 3 << 61) } == [
        6_037_481_817_968_268_884, 4_416_741_204_744_548_321, 184_999_403_932_021_394,
        6_566_317_609_198_947_459,
      ])
  }

  @Test("a shuffle keeps all items, and every order is about as likely as any other")
  func shuffles() {
    var generator = SeededGenerator(seed: 2, stream: "shuffles")
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      var items = [0, 1, 2]
      generator.shuffle(&items)
      counts[items, default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { (850...1150).contains($0) })
    var nothing: [Int] = []
    generator.shuffle(&nothing)
    #expect(nothing.isEmpty)
  }

  @Test("random numbers follow from seed, stream and position alone")
  func randomNumbers() {
    let generator = CounterBasedGenerator(seed: 1, stream: "a")
    #expect(generator.bits(at: 5) == CounterBasedGenerator(seed: 1, stream: "a").bits(at: 5))
    #expect(generator.bits(at: 5) != CounterBasedGenerator(seed: 2, stream: "a").bits(at: 5))
    #expect(generator.bits(at: 5) != CounterBasedGenerator(seed: 1, stream: "b").bits(at: 5))
    let draws = (0..<10_000).map { generator.uniform(at: $0, in: -0.08...0.08) }
    #expect(draws.allSatisfy { abs($0) <= 0.08 })
    #expect(abs(draws.reduce(0, +) / 10_000) < 0.002)
    #expect(draws.max()! > 0.079 && draws.min()! < -0.079)
  }
}
