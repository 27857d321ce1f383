import Foundation
import Testing

@testable import Seq2Seq

/// A corpus, and sacreBLEU 2.6.0's scores of it; made by `Scripts/compare_metrics.py --fixture`.
struct GoldenCorpus: Decodable, CustomTestStringConvertible {
  let hypotheses: [String]
  let compared: [String]
  /// By reference, and then by sentence.
  let references: [[String]]
  /// By tokenizer of BLEU, or by metric.
  let scores: [String: Double]
  /// Mean and interval of the translations and of what is compared with them, and its p-value.
  let bootstrap: [String: [Double]]

  var testDescription: String { "\(hypotheses.count) lines, \(references.count) references" }

  /// By sentence, and then by reference.
  var referencesOfSentences: [[String]] {
    hypotheses.indices.map { sentence in references.map { $0[sentence] } }
  }

  static let all: [GoldenCorpus] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/metrics.json")
    return try! JSONDecoder().decode([GoldenCorpus].self, from: Data(contentsOf: file))
  }()

  static func metric(_ name: String) throws -> any Metric {
    if let tokenizer = BLEUTokenizer(rawValue: name) { return BLEU(tokenizer: tokenizer) }
    return try #require(MetricKind(rawValue: name)).metric()
  }
}

extension Metric {
  func counts(ofAll hypotheses: [String], _ references: [[String]]) -> SentenceCounts {
    var counts = SentenceCounts(width: width)
    for (hypothesis, references) in zip(hypotheses, references) {
      counts.append(self.counts(of: hypothesis, references: references))
    }
    return counts
  }

  func score(ofAll hypotheses: [String], _ references: [[String]]) -> Double {
    let counts = counts(ofAll: hypotheses, references)
    return score(counts.sum(of: Array(hypotheses.indices)))
  }
}

@Suite("Metrics")
struct MetricTests {
  @Test("random text of all scripts scores what sacreBLEU gives it", arguments: GoldenCorpus.all)
  func corpora(golden: GoldenCorpus) throws {
    #expect(golden.scores.count == 6)
    for (name, expected) in golden.scores {
      let metric = try GoldenCorpus.metric(name)
      let score = metric.score(ofAll: golden.hypotheses, golden.referencesOfSentences)
      #expect(abs(score - expected) < 1e-9, "\(name)")
    }
  }

  @Test("means, intervals and p-values are sacreBLEU's, but for its single precision")
  func bootstrap() throws {
    let golden = GoldenCorpus.all[0]
    #expect(golden.bootstrap.count == 6 && golden.hypotheses.count == 30)
    for (name, expected) in golden.bootstrap {
      let metric = try GoldenCorpus.metric(name)
      let systems = [golden.hypotheses, golden.compared].map {
        metric.counts(ofAll: $0, golden.referencesOfSentences)
      }
      let scores = Bootstrap().scores(of: systems, by: metric)
      for (scores, expected) in zip(scores, [expected[0..<2], expected[2..<4]]) {
        let confidence = Confidence(scores)
        #expect(abs(confidence.mean - expected[expected.startIndex]) < 1e-3, "\(name)")
        #expect(abs(confidence.interval - expected[expected.startIndex + 1]) < 1e-3, "\(name)")
      }
      let all = Array(golden.hypotheses.indices)
      let values = systems.map { metric.score($0.sum(of: all)) }
      let pValue = Confidence.pValue((scores[0], scores[1]), difference: values[1] - values[0])
      // A draw whose difference is about the systems' may fall on either side.
      #expect(abs(pValue - expected[4]) < 1.5 / 1001, "\(name)")
    }
  }

  @Test("n-grams of characters go over blanks; a reference without them leaves an order out")
  func characters() {
    // Of each order: the translation's n-grams, the reference's, and both.
    #expect(
      ChrF().counts(of: "a b\u{3000}c", references: ["abd"])
        == [3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(
      ChrF().counts(of: "abc", references: ["a"])[0..<6] == [3, 1, 1, 0, 0, 0])
    #expect(ChrF().counts(of: "", references: ["ab"])[0..<6] == [0, 2, 0, 0, 1, 0])
  }

  @Test("one mark is taken off a word, and of two the last")
  func words() {
    func words(_ hypothesis: String, _ reference: String) -> [Int] {
      Array(ChrF(wordOrder: 2).counts(of: hypothesis, references: [reference])[18...])
    }
    #expect(words("(hi)", "(hi )") == [2, 3, 1, 1, 2, 0])
    #expect(words("(hi", "( hi") == [2, 2, 2, 1, 1, 1])
    #expect(words("(«a» _", "( «a» _") == [3, 3, 3, 2, 2, 2])
    #expect(words("a b", "ab") == [2, 1, 0, 0, 0, 0])
  }

  @Test("of several references the best one counts, and of equal ones the first")
  func bestReference() {
    let metric = ChrF()
    let (near, far) = (["abcx"], ["xyza"])
    let counts = { metric.counts(of: "abcd", references: $0) }
    #expect(counts(near + far) == counts(near))
    #expect(counts(far + near) == counts(near))
    // Both have nothing in common with the translation.
    #expect(counts(["efgh", "ij"]) == counts(["efgh"]))
    #expect(counts(["ij", "efgh"]) == counts(["ij"]))
  }

  @Test("texts of nothing score nothing")
  func nothing() {
    for kind in MetricKind.allCases {
      let metric = kind.metric()
      #expect(metric.score([Int](repeating: 0, count: metric.width)) == 0)
      #expect(metric.counts(of: "", references: [""]).count == metric.width)
      #expect(metric.score(ofAll: ["", "\u{2003} "], [[""], ["a"]]) == 0)
    }
  }
}

@Suite("Bootstrap")
struct BootstrapTests {
  @Test("draws are NumPy's")
  func draws() {
    func numbers(seed: UInt64, below bound: Int, count: Int = 6) -> [Int] {
      var generator = NumPyGenerator(seed: seed)
      return (0..<count).map { _ in generator.next(below: bound) }
    }
    #expect(numbers(seed: 12345, below: 490) == [342, 111, 386, 155, 100, 390])
    #expect(
      numbers(seed: 1 << 40 + 7, below: 7, count: 12) == [1, 5, 4, 1, 0, 1, 3, 4, 6, 5, 0, 3])
    // Many draws are drawn again with a bound that does not divide 2³².
    #expect(
      numbers(seed: 0, below: 3_000_000_000)
        == [2_551_872_677, 1_910_885_061, 1_533_409_439, 809_360_140, 923_488_268, 122_920_571])
    #expect(numbers(seed: 12345, below: 1) == [0, 0, 0, 0, 0, 0])
  }

  @Test("each text is as long as what there is, of the same sentences for all systems")
  func samples() {
    var bootstrap = Bootstrap()
    bootstrap.samples = 50
    var all: [[Int32]] = []
    bootstrap.draw(from: 7) { all.append($0) }
    #expect(all.count == 50 && all.allSatisfy { $0.count == 7 && $0.reduce(0, +) == 7 })
    #expect(Set(all).count > 40)
    let metric = ChrF()
    let counts = metric.counts(ofAll: ["ab", "cd", "xx"], [["ab"], ["ce"], ["xy"]])
    let scores = bootstrap.scores(of: [counts, counts], by: metric)
    #expect(scores.map(\.count) == [50, 50] && scores[0] == scores[1])
    #expect(Confidence.pValue((scores[0], scores[1]), difference: 0) == 1.0 / 51)
  }

  @Test("an interval has 95 % of the scores, whatever their order")
  func interval() {
    let confidence = Confidence((1...80).reversed().map(Double.init))
    // Two of eighty lie on either side.
    #expect(confidence == Confidence((1...80).map(Double.init)))
    #expect(confidence.mean == 40.5)
    #expect(confidence.interval == (78.0 - 3.0) / 2)
  }

  @Test("a p-value counts draws whose difference is further from the mean than the systems' is")
  func pValue() {
    // The differences are 0, 1, 2 and 9, their mean 3.
    let scores = ([5.0, 5, 5, 5], [5.0, 6, 3, 14])
    #expect(Confidence.pValue(scores, difference: 5) == 2.0 / 5)
    #expect(Confidence.pValue(scores, difference: -5) == 2.0 / 5)
    #expect(Confidence.pValue(scores, difference: 6) == 1.0 / 5)
  }
}
