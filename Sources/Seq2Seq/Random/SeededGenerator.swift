/// A sequence of random numbers, for shuffling and drawing. What is made of them is written out here too:
/// the standard library may change how it shuffles, and a seed would mean something else.
struct SeededGenerator: Sendable {
  private let numbers: CounterBasedGenerator
  private var position: UInt64 = 0

  init(seed: UInt64, stream: String) {
    numbers = CounterBasedGenerator(seed: seed, stream: stream)
  }

  /// The next 64 random bits.
  mutating func next() -> UInt64 {
    defer { position &+= 1 }
    return numbers.bits(at: position)
  }

  /// A number from 0 up to `bound`, each as likely as any other (Lemire 2019, "Fast random integer
  /// generation in an interval").
  mutating func next(below bound: Int) -> Int {
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      // So many of the 2⁶⁴ draws would make some numbers likelier than others.
      let excess = (0 &- bound) % bound
      while product.low < excess { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// Brings items into random order, each order as likely as any other (Fisher and Yates; Durstenfeld
  /// 1964).
  mutating func shuffle<Item>(_ items: inout [Item]) {
    for index in items.indices.dropLast() {
      items.swapAt(index, index + next(below: items.count - index))
    }
  }

  /// Some of the numbers from 0 up to `bound`, none of them twice, each choice and order as likely as any
  /// other: a shuffle that ends when it has enough.
  mutating func distinct(_ count: Int, below bound: Int) -> [Int] {
    var numbers = Array(0..<bound)
    for index in 0..<count { numbers.swapAt(index, index + next(below: bound - index)) }
    return Array(numbers.prefix(count))
  }
}
