/// How sure a score is: scores of texts that are drawn, sentence by sentence, out of the text that there is
/// (Koehn 2004, "Statistical significance tests for machine translation evaluation").
///
/// The sentences that a seed draws are those that sacreBLEU draws with it, and so the means, intervals and
/// p-values are sacreBLEU's (`--confidence`, `--paired-bs`). It computes them in single precision, so that the
/// last digit can differ where it is about to change.
public struct Bootstrap: Sendable, Equatable {
  /// How many texts are drawn.
  public var samples = 1000
  /// Where the draws follow from.
  public var seed: UInt64 = 12345

  /// sacreBLEU's defaults.
  public init() {}

  /// Draws texts, each as long as what there is, of sentences that may come several times.
  ///
  /// - Parameter body: given how often each sentence is in a text.
  func draw(from sentences: Int, _ body: ([Int32]) -> Void) {
    var generator = NumPyGenerator(seed: seed)
    var times = [Int32](repeating: 0, count: sentences)
    for _ in 0..<samples {
      for sentence in 0..<sentences { times[sentence] = 0 }
      for _ in 0..<sentences { times[generator.next(below: sentences)] += 1 }
      body(times)
    }
  }

  /// The scores of texts that are drawn, one list for each system; the systems' texts are of the same
  /// sentences.
  func scores(of systems: [SentenceCounts], by metric: some Metric) -> [[Double]] {
    var scores = [[Double]](repeating: [], count: systems.count)
    guard let sentences = systems.first?.sentences else { return [] }
    draw(from: sentences) { times in
      for (index, system) in systems.enumerated() {
        scores[index].append(metric.score(system.sum(times: times)))
      }
    }
    return scores
  }
}

/// What scores of a bootstrap say of one system.
public struct Confidence: Sendable, Equatable {
  /// Their mean.
  public let mean: Double
  /// Half of the range that has 95 % of them.
  public let interval: Double

  init(_ scores: [Double]) {
    let sorted = scores.sorted()
    let left = sorted.count / 40
    mean = sorted.reduce(0, +) / Double(sorted.count)
    interval = (sorted[sorted.count - 1 - left] - sorted[left]) / 2
  }

  /// How likely two systems would differ by as much as they do, or more, if they were equally good.
  ///
  /// Differences of texts that are drawn lie around their mean as they would lie around 0 then.
  ///
  /// - Parameters:
  ///   - scores: of two systems' texts, of the same draws.
  ///   - difference: of the systems' scores.
  static func pValue(_ scores: ([Double], [Double]), difference: Double) -> Double {
    let differences = zip(scores.0, scores.1).map { abs($1 - $0) }
    let mean = differences.reduce(0, +) / Double(differences.count)
    let larger = differences.count { $0 - mean > abs(difference) }
    // The systems as they are are one draw more, so that it is never 0.
    return Double(larger + 1) / Double(differences.count + 1)
  }
}
