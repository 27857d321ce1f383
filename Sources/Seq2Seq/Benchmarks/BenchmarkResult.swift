import Foundation

/// What a grid did in a benchmark.
public struct BenchmarkResult: Codable, Sendable {
  /// As `data×(layers+softmax)`.
  public var grid: String
  /// How many ranks.
  public var ranks: Int
  /// Where the words came from: `uniform`, `text` or `corpus`.
  public var words: String
  /// How many times as fast as one rank the grid could be by counting work and the filling of
  /// the pipeline, if every rank has a core.
  public var possibleSpeedup: Double
  /// The measured steps.
  public var steps: [Step]
  /// Floating-point operations per second that the ranks' cores reach at most, in the same run.
  public var peak: Double
  /// Of each rank.
  public var perRank: [Rank]

  /// One step.
  public struct Step: Codable, Sendable {
    /// From the first rank's beginning to the last one's end.
    public var seconds: Double
    /// Source and target words.
    public var words: Int
    /// Sentences.
    public var sentences: Int
    /// Floating-point operations that the definition takes: 6 for each weight that a word meets,
    /// 2 forward and 4 backward. What repeated words save is not taken off.
    public var operations: Double

    init(seconds: Double, _ counts: BatchCounts, costs: WordCosts) {
      self.seconds = seconds
      words = counts.words
      sentences = counts.sentences
      operations = 6 * Double(costs.work(counts))
    }
  }

  /// What a rank did, as means over the measured steps.
  public struct Rank: Codable, Sendable {
    /// Its role in the grid.
    public var role: String
    /// Numbers of its part of the model.
    public var parameters: Int
    /// Seconds per step of its own work.
    public var computing: Double
    /// Seconds per step of waiting for other ranks.
    public var waiting: Double
    /// Seconds per step of handing on.
    public var sending: Double
    /// Seconds per step of sums over replicas.
    public var exchanging: Double
    /// Bytes of memory; a page that n ranks share counts 1/n for each of them.
    public var memory: Int

    init(role: String, parameters: Int, timeline: Timeline, steps: Int) {
      func mean(_ activity: Timeline.Activity) -> Double {
        timeline.seconds(activity) / Double(steps)
      }
      self.role = role
      self.parameters = parameters
      computing = mean(.computing)
      waiting = mean(.waiting)
      sending = mean(.sending)
      exchanging = mean(.exchanging)
      memory = Self.proportionalMemory
    }

    /// The kernel's "proportional set size" of this process.
    private static var proportionalMemory: Int {
      let text = try? String(contentsOfFile: "/proc/self/smaps_rollup", encoding: .utf8)
      let line = text?.split(separator: "\n").first { $0.hasPrefix("Pss:") }
      let number = line?.split(separator: " ").dropFirst().first
      return 1024 * (number.flatMap { Int($0) } ?? 0)
    }
  }

  private func median(_ rate: (Step) -> Double) -> Double {
    steps.map { rate($0) / $0.seconds }.sorted()[steps.count / 2]
  }

  /// Source and target words per second, of the median step.
  public var wordsPerSecond: Double { median { Double($0.words) } }
  /// Sentences per second, of the median step.
  public var sentencesPerSecond: Double { median { Double($0.sentences) } }
  /// Floating-point operations per second, of the median step.
  public var operationsPerSecond: Double { median(\.operations) }
  /// Memory of all ranks together, in bytes.
  public var memory: Int { perRank.reduce(0) { $0 + $1.memory } }

  /// The largest fraction of a step that a rank spends on communication that nothing hides.
  public var exposedCommunication: Double {
    perRank.map { rank in
      let other = rank.waiting + rank.sending + rank.exchanging
      return other / max(rank.computing + other, 1e-12)
    }.max() ?? 0
  }
}
