/// A way to compare translations with references: some whole numbers that are counted in each sentence, and a
/// score of their sums over sentences.
///
/// The sums are all that a score needs. So any of a text's sentences have a score, as often as it is asked
/// for, without a look at the text.
public protocol Metric: Sendable {
  /// What sacreBLEU calls it, such as `BLEU`.
  var name: String { get }
  /// How many numbers are counted in a sentence.
  var width: Int { get }
  /// What sacreBLEU's signature says of it alone.
  var properties: String { get }

  /// Counts in a sentence.
  ///
  /// - Parameters:
  ///   - hypothesis: a translation.
  ///   - references: what it could be, one at least.
  /// - Returns: `width` numbers.
  func counts(of hypothesis: String, references: [String]) -> [Int]

  /// The score of sums of counts, 0...100.
  func score(_ sums: [Int]) -> Double
}

extension Metric {
  /// The line that sacreBLEU prints beside a score, so that others know how it came about.
  ///
  /// - Parameters:
  ///   - references: how many each sentence has.
  ///   - bootstrap: how the confidence of the score was found, if it was.
  public func signature(references: Int = 1, bootstrap: Bootstrap? = nil) -> String {
    let resampling = bootstrap.map { "bs:\($0.samples)|seed:\($0.seed)|" } ?? ""
    return "nrefs:\(references)|\(resampling)\(properties)|version:\(MetricKind.sacreBLEUVersion)"
  }
}

/// The metrics that there are, as `--metric` names them.
public enum MetricKind: String, Sendable, CaseIterable {
  /// BLEU (Papineni et al. 2002).
  case bleu
  /// The F-score of n-grams of characters (Popović 2015).
  case chrF = "chrf"
  /// … and of words (Popović 2017).
  case chrFPlusPlus = "chrf++"

  /// The release of sacreBLEU (Post 2018) that all of them were compared with, as signatures name it.
  public static let sacreBLEUVersion = "2.6.0"

  /// The metric.
  ///
  /// - Parameter tokenizer: of BLEU.
  public func metric(tokenizer: BLEUTokenizer = .mteval13a) -> any Metric {
    switch self {
    case .bleu: BLEU(tokenizer: tokenizer)
    case .chrF: ChrF()
    case .chrFPlusPlus: ChrF(wordOrder: 2)
    }
  }
}
