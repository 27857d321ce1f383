import Foundation

/// A line of `metrics.jsonl`: what happened since the line before.
public struct TrainingMetrics: Codable, Sendable, Equatable {
  /// Steps done since the start.
  public var step: Int
  /// Epochs done, a fractional number.
  public var epoch: Double
  /// −Σ log p per sentence, or per target symbol that counts (`training.lossPer`).
  public var loss: Double
  /// exp of −Σ log p per target symbol that counts; `<eos>` does.
  public var perplexity: Double
  /// ‖g‖₂ of the last step, before clipping.
  public var gradientNorm: Double?
  /// The learning rate of the last step.
  public var learningRate: Double?
  /// Sentences that ended.
  public var sentences: Int
  /// Source and target words, as the paper counts them.
  public var words: Int
  /// Words per second.
  public var wordsPerSecond: Double
  /// There and true where the numbers are of the validation text.
  public var validation: Bool?
  /// Of the validation text, the fraction that is translated exactly, 0...1 (`training.validateExact`).
  public var exact: Double?
}

/// Adds up what happens between two lines of metrics.
struct MetricsInterval {
  private let lossUnit: Configuration.Training.LossUnit
  private var start = ContinuousClock.now
  private var elapsed = Duration.zero
  private var loss = 0.0
  private var counts = BatchCounts()

  /// - Parameter lossUnit: what losses are divided by.
  init(per lossUnit: Configuration.Training.LossUnit) { self.lossUnit = lossUnit }

  /// Adds a minibatch, whose loss may be added apart from it.
  mutating func add(loss: Double = 0, _ counts: BatchCounts = BatchCounts()) {
    self.loss += loss
    self.counts += counts
  }

  /// Stops the clock, for work that is not training.
  mutating func pause() { elapsed += ContinuousClock.now - start }

  /// Lets the clock go on.
  mutating func resume() { start = .now }

  /// The metrics of the interval, which ends here.
  func metrics(
    step: Int, epoch: Double, gradientNorm: Double? = nil, learningRate: Double? = nil,
    validation: Bool? = nil
  ) -> TrainingMetrics {
    let seconds = (elapsed + (ContinuousClock.now - start)) / .seconds(1)
    return TrainingMetrics(
      step: step, epoch: epoch, loss: loss / Double(counts.divisor(per: lossUnit)),
      perplexity: exp(loss / Double(counts.divisor(per: .symbol))), gradientNorm: gradientNorm,
      learningRate: learningRate, sentences: counts.sentences, words: counts.words,
      wordsPerSecond: Double(counts.words) / max(seconds, 1e-9), validation: validation)
  }
}

/// Appends lines to `metrics.jsonl`.
final class MetricsFile {
  private let path: String
  private let descriptor: Int32

  /// Begins a file anew.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw writeFailure(path) }
  }

  deinit { close(descriptor) }

  /// Appends one line, in one piece.
  func append(_ metrics: TrainingMetrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let line = try encoder.encode(metrics) + Data([0x0A])
    try line.withUnsafeBytes { bytes in
      try writeAll(bytes, to: descriptor) { writeFailure(path) }
    }
  }
}
