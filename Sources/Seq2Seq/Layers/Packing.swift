/// How sequences of unequal lengths lie in one matrix without padding.
///
/// The sequences are ordered by length, longest first, so that those still running at step `t` are
/// the first `activeCount(t)` of them. Step by step their rows stand one after the other: row
/// `offset(t) + i` belongs to sequence `i` at step `t`. No row is ever computed for padding, and
/// each sequence gets exactly what it would get alone.
struct Packing: Sendable, Equatable {
  /// Sequences, those of length 0 included.
  let sequenceCount: Int
  /// Steps of the longest sequence, T.
  let stepCount: Int
  private let offsets: [Int]

  /// The packing of sequences with these lengths, which do not increase.
  init(descendingLengths lengths: [Int]) {
    precondition(zip(lengths, lengths.dropFirst()).allSatisfy { $0 >= $1 }, "longest first")
    sequenceCount = lengths.count
    stepCount = lengths.first ?? 0
    var offsets = [0]
    offsets.reserveCapacity(stepCount + 1)
    var active = lengths.count
    for step in 0..<stepCount {
      while active > 0, lengths[active - 1] <= step { active -= 1 }
      offsets.append(offsets[step] + active)
    }
    self.offsets = offsets
  }

  /// Rows in all: the sum of the lengths, N.
  var rowCount: Int { offsets[stepCount] }
  /// Where step `step` begins; `offset(stepCount)` is the end.
  func offset(_ step: Int) -> Int { offsets[step] }
  /// How many sequences are still running at a step; 0 after the last one.
  func activeCount(_ step: Int) -> Int {
    step < stepCount ? offsets[step + 1] - offsets[step] : 0
  }
  /// Steps of each sequence.
  var lengths: [Int] {
    var lengths = [Int](repeating: 0, count: sequenceCount)
    for step in 0..<stepCount {
      for sequence in 0..<activeCount(step) { lengths[sequence] = step + 1 }
    }
    return lengths
  }
  /// The rows of some consecutive steps.
  func rows(_ steps: Range<Int>) -> Range<Int> {
    offsets[steps.lowerBound]..<offsets[steps.upperBound]
  }
}
