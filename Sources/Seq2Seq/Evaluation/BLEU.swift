import Foundation

/// Corpus BLEU (Papineni et al. 2002), with the digits of sacreBLEU (Post 2018) for any text: mixed
/// case, up to 4-grams, exponential smoothing, one reference.
public struct BLEU: Sendable, Equatable {
  /// The release of sacreBLEU that this was compared with, as `signature` names it.
  public static let sacreBLEUVersion = "2.6.0"

  /// What parts the tokens that are counted.
  public let tokenizer: BLEUTokenizer
  private var matches = [0, 0, 0, 0]
  private var totals = [0, 0, 0, 0]
  private var hypothesisLength = 0
  private var referenceLength = 0

  /// No sentences yet.
  public init(tokenizer: BLEUTokenizer = .mteval13a) { self.tokenizer = tokenizer }

  /// The line that sacreBLEU prints beside a score, so that others know how it came about.
  public var signature: String {
    "nrefs:1|case:mixed|eff:no|tok:\(tokenizer.rawValue)|smooth:exp"
      + "|version:\(Self.sacreBLEUVersion)"
  }

  /// Adds a sentence.
  public mutating func add(hypothesis: String, reference: String) {
    var tokens = Numbering<BLEUTokenizer.Token>()
    let hypothesis = tokenizer.tokens(of: hypothesis).map { tokens.number(of: $0) }
    let reference = tokenizer.tokens(of: reference).map { tokens.number(of: $0) }
    hypothesisLength += hypothesis.count
    referenceLength += reference.count

    var found = hypothesis
    var wanted = reference
    var kinds = tokens.count
    for order in 1...4 {
      totals[order - 1] += found.count
      matches[order - 1] += Self.common(found, wanted, kinds: kinds)
      // An n-gram is the one before it in length and the token that follows.
      var longer = Numbering<Pair>()
      found = Self.pairs(found, hypothesis.dropFirst(order)).map { longer.number(of: $0) }
      wanted = Self.pairs(wanted, reference.dropFirst(order)).map { longer.number(of: $0) }
      kinds = longer.count
    }
  }

  /// How many numbers are counted in a sentence.
  public var width: Int { 2 + 2 * matches.count }

  /// Counts in a sentence: the lengths of both texts, n-grams that both have, and all of the translation's.
  public func counts(of hypothesis: String, references: [String]) -> [Int] {
    var sentence = BLEU(tokenizer: tokenizer)
    sentence.add(hypothesis: hypothesis, reference: references[0])
    return [sentence.hypothesisLength, sentence.referenceLength] + sentence.matches
      + sentence.totals
  }

  /// The score of sums of counts, 0...100.
  public func score(_ sums: [Int]) -> Double {
    var text = BLEU(tokenizer: tokenizer)
    (text.hypothesisLength, text.referenceLength) = (sums[0], sums[1])
    text.matches = Array(sums[2..<2 + matches.count])
    text.totals = Array(sums[(2 + matches.count)...])
    return text.score
  }

  /// The score, 0...100.
  public var score: Double {
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
    return brevityPenalty * exp(logarithms / 4)
  }

  private var brevityPenalty: Double {
    hypothesisLength < referenceLength
      ? exp(1 - Double(referenceLength) / Double(hypothesisLength)) : 1
  }

  /// How many of `found` are in `wanted`, where each of these counts once; numbers are below
  /// `kinds`.
  private static func common(_ found: [Int], _ wanted: [Int], kinds: Int) -> Int {
    var left = [Int](repeating: 0, count: kinds)
    for number in wanted { left[number] += 1 }
    var count = 0
    for number in found where left[number] > 0 {
      left[number] -= 1
      count += 1
    }
    return count
  }

  private struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  private static func pairs(_ first: [Int], _ second: ArraySlice<Int>) -> [Pair] {
    zip(first, second).map(Pair.init)
  }
}

/// Gives equal things equal numbers, from 0 in the order in which they come.
private struct Numbering<Element: Hashable> {
  private var numbers: [Element: Int] = [:]

  var count: Int { numbers.count }

  mutating func number(of element: Element) -> Int {
    if let number = numbers[element] { return number }
    let number = numbers.count
    numbers[element] = number
    return number
  }
}
