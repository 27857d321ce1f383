/// How fast one core can multiply and add.
enum PeakRate {
  /// Floating-point operations per second that this core reaches at most: the best of many short tries
  /// with numbers that stay in registers, and with a product that stays in the cache (whose
  /// generated code may use wider vectors than this program was built for).
  static func measure() -> Double {
    max(best(registers), best(inCache()))
  }

  /// The best rate of many tries of `body`, which returns how many operations it did.
  private static func best(_ body: () -> Double) -> Double {
    var best = 0.0
    let end = ContinuousClock.now + .milliseconds(200)
    repeat {
      let start = ContinuousClock.now
      let operations = body()
      best = max(best, operations / ((ContinuousClock.now - start) / .seconds(1)))
    } while ContinuousClock.now < end
    return best
  }

  private static func registers() -> Double {
    typealias Wide = SIMD16<Float>
    let factor = Wide(repeating: 0.999), term = Wide(repeating: 1e-3)
    var (a, b, c) = (Wide(repeating: 1), Wide(repeating: 2), Wide(repeating: 3))
    var (d, e, f) = (Wide(repeating: 4), Wide(repeating: 5), Wide(repeating: 6))
    let rounds = 2000
    for _ in 0..<rounds {
      a = term.addingProduct(a, factor)
      b = term.addingProduct(b, factor)
      c = term.addingProduct(c, factor)
      d = term.addingProduct(d, factor)
      e = term.addingProduct(e, factor)
      f = term.addingProduct(f, factor)
    }
    let total = (a + b + c + d + e + f).sum()
    precondition(total.isFinite)
    return Double(rounds * 6 * Wide.scalarCount * 2)
  }

  private static func inCache() -> () -> Double {
    let (rows, inner, columns) = (48, 256, 64)
    let storages = (0..<3).map { _ in FloatStorage() }
    let left = storages[0].matrix(rows: rows, columns: inner)
    let right = storages[1].matrix(rows: inner, columns: columns)
    let result = storages[2].matrix(rows: rows, columns: columns)
    for matrix in [left, right, result] { matrix.clear() }
    let packed = PackedMatrix()
    packed.pack(right)
    let rounds = 10
    return {
      for _ in 0..<rounds { multiply(left, packed, into: result) }
      return withExtendedLifetime(storages) { Double(rounds * rows * inner * columns * 2) }
    }
  }
}
