/// Hypotheses of sentences, each with what it scores by several measures and with what a metric counts in it: all
/// that is needed to find out how good a weighted sum of the measures chooses.
struct TuningSet {
  /// Measures of a hypothesis.
  let dimension: Int
  /// Numbers that the metric counts in a hypothesis.
  let width: Int
  /// The metric's score of sums of counts.
  let score: ([Int]) -> Double
  // One after the other, for there may be millions of them.
  private var measures: [Double] = []
  private var counts: [Int32] = []
  /// Where the hypotheses of each sentence begin, and where the last ones end.
  private var starts = [0]

  init(dimension: Int, width: Int, score: @escaping ([Int]) -> Double) {
    (self.dimension, self.width, self.score) = (dimension, width, score)
  }

  /// Adds a sentence.
  ///
  /// - Parameters:
  ///   - measures: of each of its hypotheses, of which there is one at least.
  ///   - counts: of each.
  mutating func addSentence(measures: [[Double]], counts: [[Int]]) {
    precondition(!measures.isEmpty && measures.count == counts.count, "a sentence has hypotheses")
    for values in measures { self.measures += values }
    for values in counts { self.counts += values.map { Int32(clamping: $0) } }
    starts.append(starts[starts.count - 1] + measures.count)
  }

  /// The hypotheses of each sentence.
  var sentences: some Sequence<Range<Int>> {
    zip(starts, starts.dropFirst()).lazy.map { $0..<$1 }
  }

  /// The weighted sum of a hypothesis' measures.
  func total(_ hypothesis: Int, _ weights: [Double]) -> Double {
    weightedSum(measures[hypothesis * dimension..<(hypothesis + 1) * dimension], weights)
  }

  /// Adds the counts of a hypothesis, as often as `factor` says.
  func add(_ hypothesis: Int, to sums: inout [Int], times factor: Int = 1) {
    for index in 0..<width { sums[index] += factor * Int(counts[hypothesis * width + index]) }
  }

  /// The score of the hypotheses with the largest weighted sums; of equal ones the first counts.
  func score(with weights: [Double]) -> Double {
    var sums = [Int](repeating: 0, count: width)
    for sentence in sentences {
      var (best, largest) = (sentence.lowerBound, -Double.infinity)
      for hypothesis in sentence {
        let total = total(hypothesis, weights)
        if total > largest { (best, largest) = (hypothesis, total) }
      }
      add(best, to: &sums)
    }
    return score(sums)
  }
}
