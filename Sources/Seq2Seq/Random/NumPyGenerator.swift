/// The whole numbers that `numpy.random.default_rng(seed).choice(count, …)` draws, so that a bootstrap draws
/// the sentences that sacreBLEU's draws: PCG64 (O'Neill 2014, "PCG", XSL-RR 128/64), whose state comes of the
/// seed as NumPy's `SeedSequence` has it.
///
/// A test has golden values of NumPy 2.4.
struct NumPyGenerator: Sendable {
  private static let multiplier: UInt128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645
  private let increment: UInt128
  private var state: UInt128
  /// The upper half of the number before, which is used second.
  private var kept: UInt32?

  init(seed: UInt64) {
    let words = SeedSequence(seed).words
    increment = (UInt128(words[2]) << 64 | UInt128(words[3])) << 1 | 1
    state = increment &+ (UInt128(words[0]) << 64 | UInt128(words[1]))
    advance()
  }

  private mutating func advance() { state = state &* Self.multiplier &+ increment }

  private mutating func next() -> UInt32 {
    if let upper = kept {
      kept = nil
      return upper
    }
    advance()
    let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
    let turn = UInt64(state >> 122)
    let bits = folded >> turn | folded << ((64 - turn) & 63)
    kept = UInt32(bits >> 32)
    return UInt32(truncatingIfNeeded: bits)
  }

  /// A number from 0 up to `bound`, which is below 2³², each as likely as any other (Lemire 2019). If it can
  /// only be 0, nothing is drawn.
  mutating func next(below bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    let bound = UInt32(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let excess = (0 &- bound) % bound
      while product.low < excess { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }
}

/// How NumPy makes the state of a generator from a seed: hashes of its words, each mixed with the others.
private struct SeedSequence {
  private var pool: [UInt32] = []
  private var constant: UInt32 = 0x43b0_d7e5

  init(_ seed: UInt64) {
    // A seed below 2³² has one word, and the rest is zeros all the same.
    let entropy = [UInt32(truncatingIfNeeded: seed), UInt32(seed >> 32), 0, 0]
    for word in entropy {
      let hashed = hash(word)
      pool.append(hashed)
    }
    for source in pool.indices {
      for target in pool.indices where target != source {
        let hashed = hash(pool[source])
        let mixed = 0xca01_f9dd &* pool[target] &- 0x4973_f715 &* hashed
        pool[target] = mixed ^ mixed >> 16
      }
    }
  }

  private mutating func hash(_ word: UInt32) -> UInt32 {
    Self.hash(word, &constant, multiplier: 0x931e_8875)
  }

  private static func hash(
    _ word: UInt32, _ constant: inout UInt32, multiplier: UInt32
  ) -> UInt32 {
    var word = word ^ constant
    constant &*= multiplier
    word &*= constant
    return word ^ word >> 16
  }

  /// Four words of 64 bits.
  var words: [UInt64] {
    var constant: UInt32 = 0x8b51_f9dd
    let halves = (0..<8).map {
      Self.hash(pool[$0 % pool.count], &constant, multiplier: 0x58f3_8ded)
    }
    return (0..<4).map { UInt64(halves[2 * $0 + 1]) << 32 | UInt64(halves[2 * $0]) }
  }
}
