import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Rescoring")
struct RescoringTests {
  private let folder = TemporaryFolder()

  /// Translations that have much in common: prefixes of one another, the same ones twice, none at all.
  private func targets(of model: TrainedModel, _ count: Int, seed: String) -> [[Int32]] {
    var generator = SeededGenerator(seed: 1, stream: seed)
    let symbols = model.vocabularies.target.count
    var targets: [[Int32]] = [[], [2], [2, 2], [2, 2]]
    while targets.count < count {
      let beginning = targets[generator.next(below: targets.count)]
      let rest = (0..<generator.next(below: 4)).map { _ in
        Int32(1 + generator.next(below: symbols - 1))
      }
      targets.append(beginning.prefix(6) + rest)
    }
    generator.shuffle(&targets)
    return targets
  }

  private func lists(_ model: TrainedModel) -> [PrefixScorer.List] {
    let sources: [[Int32]] = [[2, 3, 4], [5], [], [6, 2, 2, 2, 3, 7]]
    return sources.enumerated().map { index, source in
      PrefixScorer.List(
        source: EnsembleSource([model.isTranslator ? source : []]),
        targets: index == 1 ? [] : targets(of: model, 30, seed: "list \(index)"))
    }
  }

  @Test(
    "scores are those of the scorer", arguments: TorchFixture.names + TorchFixture.languageModels)
  func scores(name: String) throws {
    let model = try TorchFixture(name).model
    let lists = lists(model)
    let found = try PrefixScorer(Ensemble(model)).logProbabilities(lists)
    #expect(found.map(\.count) == lists.map(\.targets.count))
    for (list, scores) in zip(lists, found) {
      let expected = try Scorer(Ensemble(model)).score(
        list.targets.map { EnsemblePair(source: list.source, target: $0) })
      for (score, expected) in zip(scores, expected) {
        #expect(abs(score - expected.logProbability) < 1e-5 * max(1, abs(score)))
      }
    }
  }

  @Test("a score has the same bits whatever is scored beside it", arguments: TorchFixture.names)
  func bits(name: String) throws {
    let model = try TorchFixture(name).model
    let lists = lists(model)
    let together = try PrefixScorer(Ensemble(model)).logProbabilities(lists)
    for rowLimit in [1, 7, 35] {
      let scorer = PrefixScorer(Ensemble(model), rowLimit: rowLimit)
      #expect(try scorer.logProbabilities(lists) == together, "\(rowLimit) rows")
    }
    let scorer = PrefixScorer(Ensemble(model))
    #expect(try scorer.logProbabilities(lists.reversed()) == together.reversed())
    for (list, scores) in zip(lists, together) {
      let alone = PrefixScorer.List(source: list.source, targets: list.targets.reversed())
      #expect(try scorer.logProbabilities([alone]) == [scores.reversed()])
    }
  }

  @Test("an ensemble's scores are those of its scorer")
  func ensembles() throws {
    let models = try [TorchFixture("layers2").model, TorchFixture("layers2").model]
    let bias = models[1].parameters.pointer(models[1].output.bias)
    for symbol in 0..<models[1].vocabularies.target.count { bias[symbol] += Float(symbol % 3) }
    for average in Ensemble.Average.allCases {
      let ensemble = try Ensemble(models, average: average)
      let list = PrefixScorer.List(
        source: EnsembleSource([[2, 3], [2, 3]]), targets: targets(of: models[0], 20, seed: "e"))
      let found = try PrefixScorer(ensemble).logProbabilities([list])[0]
      let expected = try Scorer(ensemble).score(
        list.targets.map { EnsemblePair(source: list.source, target: $0) })
      for (score, expected) in zip(found, expected) {
        #expect(abs(score - expected.logProbability) < 1e-5 * max(1, abs(score)))
      }
    }
  }

  @Test("a model that computes no number is refused by name")
  func noNumber() throws {
    let model = try TorchFixture("layers1").model
    model.parameters.pointer(model.output.bias)[2] = .infinity
    let list = PrefixScorer.List(source: EnsembleSource([[2]]), targets: [[3]])
    #expect(throws: model.computesNoNumber) {
      try PrefixScorer(Ensemble(model)).logProbabilities([list])
    }
  }

  /// Work by one process that takes as many lines at a time as it is told.
  private struct Windows: LineWork {
    let hasLines = true
    let window: Int

    func map(
      _ items: [[String]], _ work: ([[String]]) throws -> [[String]]
    ) throws -> (results: [[String]], count: Int) {
      #expect(items.count <= window)
      return (try work(items), items.count)
    }

    func mapNumbers(
      _ lines: [String], width: Int, _ work: ([String]) throws -> [Float]
    ) throws -> (numbers: [Float], count: Int) {
      (try work(lines), lines.count)
    }
  }

  private func files(_ nBest: String) -> Rescorer.Files {
    Rescorer.Files(
      source: folder.write("w2 w3\n\nw4\nw5 w5\n", to: "source"),
      nBest: folder.write(nBest, to: "nbest"))
  }

  private func entries(
    _ rescorer: Rescorer, _ files: Rescorer.Files, _ weights: [Double], window: Int = 9
  ) throws -> (lines: [[String]], summary: Rescorer.Summary) {
    var lines: [[String]] = []
    let summary = try rescorer.score(files, over: Windows(window: window)) {
      lines.append(try $0.sorted(by: RescoringWeights(weights)).map(\.line))
    }
    return (lines, summary)
  }

  @Test("each source line has its hypotheses, sorted, with what the models say as features")
  func features() throws {
    let models = try ["layers1", "language-model"].map { Ensemble(try TorchFixture($0).model) }
    let rescorer = Rescorer(models)
    let files = files(
      """
      0 ||| w2 w3 ||| d= 1 Model0= 7 ||| -1 ||| 0-0
      0 ||| w3 ||| d= 2 ||| -0.5
      1 |||  ||| ||| -3
      3 ||| w4 ||| ||| -2 ||| 0-0 ||| x

      """.replacingOccurrences(of: "x\n", with: "x\r\n"))
    func score(_ model: Int, _ source: String, _ target: String) throws -> Double {
      try PrefixScorer(models[model]).logProbabilities([
        .init(
          source: models[model].source(of: source),
          targets: [models[model].leader.encodeTarget(target)])
      ])[0][0]
    }
    let scores = try [("w2 w3", "w2 w3"), ("w2 w3", "w3"), ("", ""), ("w5 w5", "w4")].map {
      [try score(0, $0, $1), try score(1, $0, $1)]
    }
    let (lines, summary) = try entries(rescorer, files, [1, 0, 0])
    #expect(
      lines == [
        [
          "0 ||| w3 ||| d= 2 Total0= -0.5 Model0= \(scores[1][0]) Model1= \(scores[1][1]) ||| -0.5",
          "0 ||| w2 w3 ||| d= 1 Model0= 7 Total0= -1.0 Model1= \(scores[0][0]) "
            + "Model2= \(scores[0][1]) ||| -1.0 ||| 0-0",
        ],
        ["1 |||  ||| Total0= -3.0 Model0= \(scores[2][0]) Model1= \(scores[2][1]) ||| -3.0"],
        [],
        [
          "3 ||| w4 ||| Total0= -2.0 Model0= \(scores[3][0]) Model1= \(scores[3][1]) ||| -2.0 "
            + "||| 0-0 ||| x"
        ],
      ])
    #expect(summary.lines == 4 && summary.missing == 1 && summary.hypotheses == 4)

    let weights = [0.5, 2, -1]
    let totals = try entries(rescorer, files, weights).lines[0].map { try NBestEntry($0, at: "") }
    for entry in totals {
      let index = entry.text == "w3" ? 1 : 0
      let total = [-1, -0.5][index] * 0.5 + 2 * scores[index][0] - scores[index][1]
      #expect(abs(entry.total - total) < 1e-12)
    }
    #expect(totals[0].total >= totals[1].total)
    for window in [1, 3] {
      #expect(try entries(rescorer, files, [1, 0, 0], window: window).lines == lines)
    }
    #expect(RescoringWeights(evenWith: 3).values == [0.25, 0.25, 0.25, 0.25])
  }

  @Test("of equal hypotheses the first stays first")
  func ties() throws {
    let rescorer = Rescorer([Ensemble(try TorchFixture("layers1").model)])
    let files = files("0 ||| w2 ||| a= 1 ||| 1\n0 ||| w2 ||| a= 2 ||| 1\n0 ||| w2 ||| a= 3 ||| 1\n")
    let lines = try entries(rescorer, files, [1, 1]).lines[0]
    #expect(lines.map { $0.dropFirst(13).prefix(4) } == ["a= 1", "a= 2", "a= 3"])
  }

  @Test(
    "lists that do not fit the text are refused, with file and line",
    arguments: [
      ("", "nbest is empty; it must have n-best lists"),
      (
        "1 ||| a ||| ||| 1\n0 ||| a ||| ||| 1\n", "nbest:2: the id 0 comes after the id 1; ids must"
      ),
      ("0 ||| a ||| ||| 1\n\n", "nbest:2: 1 field; a line of an n-best list is 'id |||"),
      ("0 ||| a ||| ||| 1\n0 ||| a ||| 1\n", "nbest:2: 3 fields"),
      ("4 ||| a ||| ||| 1\n", "nbest has hypotheses with the id 4, but "),
      ("4 ||| a ||| ||| 1\n", "source has 4 lines, whose ids are from 0 to 3"),
    ])
  func mistakes(nBest: String, message: String) throws {
    let rescorer = Rescorer([Ensemble(try TorchFixture("layers1").model)])
    do {
      _ = try entries(rescorer, files(nBest), [1, 1])
      Issue.record("\(message)")
    } catch {
      #expect("\(error)".contains(message), "\(error)")
    }
  }

  @Test("a list without an end is refused, and a weighted sum that is no number")
  func endless() throws {
    let path = folder.write(
      String(repeating: "0 ||| a ||| ||| 1\n", count: NBestReader.limit + 1), to: "endless")
    var reader = try NBestReader(path)
    #expect(
      throws: InputError("\(path):100001: more than 100000 hypotheses with the id 0")
    ) { _ = try reader.next() }
    let rescorer = Rescorer([Ensemble(try TorchFixture("layers1").model)])
    #expect(throws: InputError.self) {
      try entries(rescorer, files("0 ||| w2 ||| ||| 1e308\n"), [10, 1])
    }
    for weights in [[0, 0], [.nan, 1], [.infinity, 1]] {
      #expect(throws: InputError.self) { try RescoringWeights(weights) }
    }
  }

  @Test("a line of ten thousand words has its score")
  func longLine() throws {
    let model = try TorchFixture("layers1").model
    let list = PrefixScorer.List(
      source: EnsembleSource([[2, 3]]), targets: [[2], [Int32](repeating: 3, count: 10_000)])
    let found = try PrefixScorer(Ensemble(model)).logProbabilities([list])[0]
    let expected = try Scorer(Ensemble(model)).score(
      list.targets.map { EnsemblePair(source: list.source, target: $0) })
    for (score, expected) in zip(found, expected) {
      #expect(abs(score - expected.logProbability) < 1e-5 * abs(score))
    }
  }
}
