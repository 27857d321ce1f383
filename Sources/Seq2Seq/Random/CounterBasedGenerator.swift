import Foundation

/// Numbers that follow from a seed, a stream's name and a position: no state, any order.
///
/// The algorithm is written out here, so that a seed means the same with every toolchain and machine; a
/// test has golden values.
struct CounterBasedGenerator: Sendable {
  private let key: UInt64

  /// The generator of one stream.
  init(seed: UInt64, stream: String) {
    key = mixed(seed &+ mixed(Fingerprint(stream).value))
  }

  /// The 64 random bits at a position.
  func bits(at position: UInt64) -> UInt64 {
    mixed(key &+ position &* 0x9e37_79b9_7f4a_7c15)
  }

  /// The uniform number at a position.
  func uniform(at position: UInt64, in range: ClosedRange<Float>) -> Float {
    let unit = Float(bits(at: position) >> 40) * 0x1p-24
    return range.lowerBound + unit * (range.upperBound - range.lowerBound)
  }

  /// The normally distributed number at a position, of mean 0 and variance 1 (Box and Muller 1958).
  func normal(at position: UInt64) -> Float {
    let bits = bits(at: position)
    // Never 0, whose logarithm is infinite.
    let radius = (-2 * log((Double(bits >> 32) + 1) * 0x1p-32)).squareRoot()
    return Float(radius * cos(2 * .pi * Double(bits & 0xFFFF_FFFF) * 0x1p-32))
  }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
private func mixed(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9e37_79b9_7f4a_7c15
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}
