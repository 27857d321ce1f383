/// Minimum error rate training (Och 2003): finds weights whose choice of hypotheses has the best score.
///
/// The score is constant but where another hypothesis becomes the best of its sentence, so slopes say nothing. But
/// along a line through the weights each hypothesis' total is a line too, and the upper envelope of a sentence's
/// says exactly where its choice changes. All pieces of the line are tried, and the best is taken; along one weight
/// after the other and along random directions, from several beginnings, until nothing becomes better.
struct MERT {
  private let set: TuningSet
  private var generator: SeededGenerator

  /// Beginnings, the first of which is given.
  private static let starts = 10
  /// Rounds of searches from one beginning at most.
  private static let rounds = 50
  /// What a score must gain.
  private static let gain = 1e-9

  init(_ set: TuningSet, seed: UInt64 = 1) {
    self.set = set
    generator = SeededGenerator(seed: seed, stream: "weights")
  }

  /// The best weights that were found, the sum of their magnitudes being 1; the first ones if none are better.
  ///
  /// - Parameters:
  ///   - first: where the search begins.
  ///   - progress: told how many of the beginnings are done, and the best score so far.
  /// - Throws: what `progress` throws.
  mutating func weights(
    from first: [Double],
    progress: (_ done: Int, _ of: Int, _ score: Double) throws -> Void = { _, _, _ in }
  ) throws -> [Double] {
    var (best, bestScore) = (first, set.score(with: first))
    for start in 0..<Self.starts {
      let found = climb(from: start == 0 ? first : first.map { _ in random() })
      let score = set.score(with: found)
      if score > bestScore + Self.gain { (best, bestScore) = (found, score) }
      try progress(start + 1, Self.starts, bestScore)
    }
    return best
  }

  /// A number from 0 to 1.
  private mutating func random() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

  /// Searches along directions until none makes the score better.
  private mutating func climb(from start: [Double]) -> [Double] {
    var weights = Self.normalized(start) ?? start
    for _ in 0..<Self.rounds {
      var moved = false
      for direction in directions() {
        if let step = step(from: weights, along: direction),
          let next = Self.normalized(zip(weights, direction).map({ $0 + step * $1 }))
        {
          (weights, moved) = (next, true)
        }
      }
      if !moved { break }
    }
    return weights
  }

  /// Along one weight each, and as many random ones.
  private mutating func directions() -> [[Double]] {
    let units = (0..<set.dimension).map { axis in
      (0..<set.dimension).map { $0 == axis ? 1.0 : 0 }
    }
    return units + units.map { $0.map { _ in 2 * random() - 1 } }
  }

  /// The same choices by weights whose magnitudes add up to 1; nil where there are none.
  private static func normalized(_ weights: [Double]) -> [Double]? {
    let sum = weights.reduce(0) { $0 + abs($1) }
    return sum > 0 && sum.isFinite ? weights.map { $0 / sum } : nil
  }

  /// How far along a direction the score is best; nil if no place is better than where the search is.
  func step(from weights: [Double], along direction: [Double]) -> Double? {
    var sums = [Int](repeating: 0, count: set.width)
    var changes: [Change] = []
    for sentence in set.sentences {
      let envelope = UpperEnvelope(
        sentence.map {
          .init(intercept: set.total($0, weights), slope: set.total($0, direction))
        })
      let chosen = envelope.segments.map { sentence.lowerBound + $0.line }
      set.add(chosen[0], to: &sums)
      for (index, segment) in envelope.segments.enumerated().dropFirst() {
        changes.append(Change(place: segment.start, old: chosen[index - 1], new: chosen[index]))
      }
    }
    changes.sort { $0.place < $1.place }
    return bestPlace(changes, from: sums)
  }

  /// A place on a line where the choice for a sentence changes.
  private struct Change {
    let place: Double
    let old: Int
    let new: Int
  }

  /// The middle of the piece with the best score; nil if the one around 0 is as good.
  ///
  /// - Parameters:
  ///   - changes: from left to right.
  ///   - sums: left of all changes.
  private func bestPlace(_ changes: [Change], from sums: [Int]) -> Double? {
    var (sums, left, index) = (sums, -Double.infinity, 0)
    var (best, bestScore, score): (Double?, Double, Double) = (nil, -.infinity, -.infinity)
    while true {
      let right = index < changes.count ? changes[index].place : .infinity
      if let middle = Self.middle(left, right) {
        let value = set.score(sums)
        if left <= 0, right >= 0 { score = max(score, value) }
        if value > bestScore + Self.gain { (best, bestScore) = (middle, value) }
      }
      guard index < changes.count else { break }
      repeat {
        set.add(changes[index].old, to: &sums, times: -1)
        set.add(changes[index].new, to: &sums)
        index += 1
      } while index < changes.count && changes[index].place == right
      left = right
    }
    return bestScore > score + Self.gain ? best : nil
  }

  /// A number well between two; nil if rounding leaves none.
  private static func middle(_ left: Double, _ right: Double) -> Double? {
    if left == -.infinity { return right == .infinity ? 0 : right - max(1, abs(right)) }
    if right == .infinity { return left + max(1, abs(left)) }
    let middle = left + (right - left) / 2
    return left < middle && middle < right ? middle : nil
  }
}
