import Foundation

/// Corpus BLEU (Papineni et al. 2002), with the digits of sacreBLEU (Post 2018) for any text: mixed case, up
/// to 4-grams, exponential smoothing.
public struct BLEU: Metric, Equatable {
  /// What parts the tokens that are counted.
  public let tokenizer: BLEUTokenizer

  /// BLEU of the tokens of a tokenizer.
  public init(tokenizer: BLEUTokenizer = .mteval13a) { self.tokenizer = tokenizer }

  private static let orders = 4

  /// See `Metric.name`.
  public var name: String { "BLEU" }
  /// See `Metric.width`.
  public var width: Int { 2 + 2 * Self.orders }
  /// See `Metric.properties`.
  public var properties: String { "case:mixed|eff:no|tok:\(tokenizer.rawValue)|smooth:exp" }

  /// The lengths of the translation and of a reference, n-grams that a reference has too, and all n-grams.
  ///
  /// Of several references the one counts that is closest in length, and of two such ones the shorter. An
  /// n-gram counts as often as the reference has it that has it most.
  public func counts(of hypothesis: String, references: [String]) -> [Int] {
    let texts = ([hypothesis] + references).map { tokenizer.tokens(of: $0) }
    let length = texts[0].count
    let closest = texts.dropFirst().map(\.count).min {
      (abs($0 - length), $0) < (abs($1 - length), $1)
    }
    var ngrams = NGrams(texts)
    var (matches, totals): ([Int], [Int]) = ([], [])
    for _ in 0..<Self.orders {
      matches.append(ngrams.matches(in: 1..<texts.count))
      totals.append(ngrams.count(0))
      ngrams.lengthen()
    }
    return [length, closest ?? 0] + matches + totals
  }

  /// The geometric mean of the precisions of all orders, less where the translations are shorter than their
  /// references.
  public func score(_ sums: [Int]) -> Double {
    let matches = sums[2..<2 + Self.orders]
    let totals = sums[(2 + Self.orders)...]
    guard matches.contains(where: { $0 > 0 }) else { return 0 }
    // "exp" smoothing: each order without a match counts half as much as the one before.
    var smoothing = 1.0
    var logarithms = 0.0
    for (match, total) in zip(matches, totals) {
      guard total > 0 else { return 0 }
      var precision = 100 * Double(match) / Double(total)
      if match == 0 {
        smoothing *= 2
        precision = 100 / (smoothing * Double(total))
      }
      logarithms += log(precision)
    }
    let (length, referenceLength) = (Double(sums[0]), Double(sums[1]))
    let brevityPenalty = length < referenceLength ? exp(1 - referenceLength / length) : 1
    return brevityPenalty * exp(logarithms / Double(Self.orders))
  }
}
