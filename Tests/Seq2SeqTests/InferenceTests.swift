import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Search and evaluation")
struct InferenceTests {
  /// Every target of up to `limit` symbols, with its score.
  private func allHypotheses(
    _ model: TrainedModel, source: [Int32], limit: Int
  ) throws -> [BeamSearch.Hypothesis] {
    var targets: [[Int32]] = [[]]
    var newest: [[Int32]] = [[]]
    for _ in 0..<limit {
      newest = newest.flatMap { target in
        (1..<Int32(model.vocabularies.target.count)).map { target + [$0] }
      }
      targets += newest
    }
    let scores = try Scorer(Ensemble(model)).score(
      targets.map { SentencePair(source: source, target: $0) })
    return zip(targets, scores).map { .init(symbols: $0, score: $1.logProbability) }
      .sorted { $0.score > $1.score }
  }

  @Test("a wide beam finds the best translation there is")
  func exhaustive() throws {
    let model = try TorchFixture("layers4").model
    for source: [Int32] in [[2, 3], [9], [4, 4, 5, 1]] {
      let exact = try allHypotheses(model, source: source, limit: 4)
      let search = BeamSearch(Ensemble(model).makeDecoder(), SearchOptions(beamSize: 300))
      let found = search.search([EnsembleSource([source])])[0]
      #expect(found[0].symbols == exact[0].symbols)
      #expect(abs(found[0].score - exact[0].score) < 1e-5)
      #expect(zip(found, found.dropFirst()).allSatisfy { $0.score >= $1.score })
    }
  }

  @Test("scores of a search are those of the scorer", arguments: TorchFixture.names)
  func scores(name: String) throws {
    let model = try TorchFixture(name).model
    let sources: [[Int32]] = [[2, 3, 4], [5], [6, 2, 2, 2, 3, 7]]
    for beamSize in [1, 3, 12] {
      let found = BeamSearch(Ensemble(model).makeDecoder(), SearchOptions(beamSize: beamSize))
        .search(sources.map { EnsembleSource([$0]) })
      for (source, hypotheses) in zip(sources, found) {
        #expect(!hypotheses.isEmpty && hypotheses.count <= beamSize)
        for hypothesis in hypotheses {
          let score = try Scorer(Ensemble(model)).score([
            .init(source: source, target: hypothesis.symbols)
          ])[
            0]
          #expect(abs(score.logProbability - hypothesis.score) < 1e-4)
        }
      }
    }
  }

  @Test("an ensemble of one model twice is that model, in whatever is averaged")
  func twice() throws {
    let model = try TorchFixture("layers2").model
    let pairs = [[2, 3, 4], [5], [6, 2, 2, 2, 3, 7]].map {
      SentencePair(source: $0, target: [4, 3])
    }
    let alone = try Scorer(Ensemble(model)).score(pairs)
    for average in Ensemble.Average.allCases {
      let twice = try Ensemble([model, model], average: average, weights: [1, 3])
      let scores = try Scorer(twice).score(
        pairs.map {
          EnsemblePair(source: EnsembleSource([$0.source, $0.source]), target: $0.target)
        })
      for (score, expected) in zip(scores, alone) {
        #expect(abs(score.logProbability - expected.logProbability) < 1e-5)
      }
    }
  }

  @Test("scores of an ensemble are averages of its members' predictions, and those of its search")
  func averages() throws {
    let models = try [TorchFixture("layers2").model, TorchFixture("layers2").model]
    // The second says other things.
    let bias = models[1].parameters.pointer(models[1].output.bias)
    for symbol in 0..<models[1].vocabularies.target.count { bias[symbol] += Float(symbol % 3) }
    let source = EnsembleSource([[2, 3, 4], [2, 3, 4]])
    for average in Ensemble.Average.allCases {
      let ensemble = try Ensemble(models, average: average, weights: [3, 1])
      let search = BeamSearch(ensemble.makeDecoder(), SearchOptions(beamSize: 4))
      let found = search.search([source])[0][0]
      let score = try Scorer(ensemble).score([EnsemblePair(source: source, target: found.symbols)])
      #expect(abs(score[0].logProbability - found.score) < 1e-5)
      // The first symbol, by hand.
      let states = models.map {
        $0.network.makeDecoder($0.parameters).start([[4, 3, 2]])
      }
      let p = states.map { state in
        let logits = (0..<state.logits.columns).map { Double(state.logits[0, $0]) }
        let sum = logits.reduce(0) { $0 + exp($1) }
        return logits.map { exp($0) / sum }
      }
      var mean = zip(p[0], p[1]).map {
        average == .linear ? 0.75 * $0 + 0.25 * $1 : pow($0, 0.75) * pow($1, 0.25)
      }
      let sum = mean.reduce(0, +)
      mean = mean.map { $0 / sum }
      let empty = try Scorer(ensemble).score([EnsemblePair(source: source, target: [])])
      #expect(abs(empty[0].logProbability - log(mean[0])) < 1e-5)
    }
  }

  @Test("models of different target vocabularies, or wrong weights, are no ensemble")
  func mismatches() throws {
    let (one, other) = (try TorchFixture("layers2").model, try TorchFixture("layers3").model)
    #expect(throws: InputError.self) { try Ensemble([one, other]) }
    for weights in [[1], [1, 0], [1, -1], [.nan, 1], [1, 2, 3]] {
      #expect(throws: InputError.self) { try Ensemble([one, one], weights: weights) }
    }
  }

  @Test("a prefix, a limit, a length penalty and the number of translations are kept to")
  func options() throws {
    let model = try TorchFixture("layers2").model
    let sources = [EnsembleSource([[2, 3, 4]]), EnsembleSource([[5]])]
    var options = SearchOptions(beamSize: 5)
    options.nBest = 5
    let prefixes: [[Int32]] = [[3, 1], []]
    var search = BeamSearch(Ensemble(model).makeDecoder(), options)
    let found = search.search(sources, prefixes: prefixes)
    for (source, (hypotheses, prefix)) in zip(sources, zip(found, prefixes)) {
      #expect(hypotheses.count == 5)
      for hypothesis in hypotheses {
        #expect(hypothesis.symbols.starts(with: prefix))
        let score = try Scorer(Ensemble(model)).score([
          EnsemblePair(source: source, target: hypothesis.symbols)
        ])
        #expect(abs(score[0].logProbability - hypothesis.score) < 1e-4)
      }
    }
    #expect(search.search([sources[1]])[0].map(\.symbols) == found[1].map(\.symbols))
    options.maxLength = 2
    search = BeamSearch(Ensemble(model).makeDecoder(), options)
    #expect(search.search(sources).allSatisfy { $0.allSatisfy { $0.symbols.count <= 2 } })
    // A prefix that is longer than the limit ends there.
    #expect(search.search([sources[0]], prefixes: [[2, 2, 2]])[0].map(\.symbols) == [[2, 2, 2]])
  }

  @Test("a length penalty orders hypotheses by what it divides", arguments: [0, 0.6, 1])
  func lengthPenalty(alpha: Double) throws {
    #expect(abs(LengthPenalty.wu(alpha: alpha).divisor(symbols: 7) - pow(2, alpha)) < 1e-12)
    #expect(LengthPenalty.perSymbol.divisor(symbols: 7) == 7)
    #expect(LengthPenalty.none.divisor(symbols: 7) == 1)
    let model = try TorchFixture("layers4").model
    for source: [Int32] in [[2, 3], [9]] {
      for penalty in [LengthPenalty.wu(alpha: alpha), .perSymbol] {
        var options = SearchOptions(beamSize: 300)
        (options.lengthPenalty, options.maxLength) = (penalty, 4)
        func total(_ hypothesis: BeamSearch.Hypothesis) -> Double {
          hypothesis.score / penalty.divisor(symbols: hypothesis.symbols.count + 1)
        }
        let all = try allHypotheses(model, source: source, limit: 4)
        let found = BeamSearch(Ensemble(model).makeDecoder(), options)
          .search([EnsembleSource([source])])[0]
        #expect(abs(total(found[0]) - (all.map(total).max() ?? 0)) < 1e-5)
      }
    }
  }

  @Test("sentences found together are those found alone")
  func batching() throws {
    let model = try TorchFixture("layers2").model
    let search = BeamSearch(Ensemble(model).makeDecoder(), SearchOptions(beamSize: 4))
    let sources: [[Int32]] = [[2, 3, 4], [5], [], [6, 2, 2, 2, 3, 7], [8, 9]]
    let together = search.search(sources.map { EnsembleSource([$0]) })
    for (source, hypotheses) in zip(sources, together) {
      #expect(
        search.search([EnsembleSource([source])])[0].map(\.symbols) == hypotheses.map(\.symbols))
    }
    #expect(search.search([]).isEmpty)
  }

  @Test("exact is what the greedy translation says, without a symbol that is not known")
  func exactMatches() throws {
    let model = try TorchFixture("layers2").model
    let sources: [[Int32]] = [[2, 3, 4], [5], [6, 2, 2, 2, 3, 7], [8, 9]]
    let found = BeamSearch(Ensemble(model).makeDecoder(), SearchOptions(beamSize: 1))
      .search(sources.map { EnsembleSource([$0]) }).map { $0[0].symbols }
    let match = ExactMatch(model)
    func count(_ targets: [[Int32]]) -> Int {
      match.count(of: zip(sources, targets).map(SentencePair.init))
    }
    let known = found.count { !$0.contains(Vocabulary.unknown) }
    #expect(known > 0 && count(found) == known)
    // A symbol more, and another last symbol.
    #expect(count(found.map { $0 + [2] }) == 0)
    #expect(count(found.map { $0.dropLast() + [($0.last ?? 0) == 2 ? 3 : 2] }) == 0)
    #expect(match.count(of: [SentencePair(source: [], target: [2])]) == 0)
    #expect(match.count(of: []) == 0)

    // A model that says nothing but <unk>, until it must end.
    model.parameters.pointer(model.output.bias)[Int(Vocabulary.unknown)] = 100
    let unknown = BeamSearch(Ensemble(model).makeDecoder(), SearchOptions(beamSize: 1))
      .search([EnsembleSource([[2, 3]])])[0][0].symbols
    #expect(Set(unknown) == [Vocabulary.unknown])
    #expect(ExactMatch(model).count(of: [SentencePair(source: [3, 2], target: unknown)]) == 0)
  }

  @Test("a line of nothing is translated by nothing")
  func emptyLines() throws {
    let translator = try Translator(try TorchFixture("layers1").model, beamSize: 2)
    let lines = try translator.translate(["", "w2 w3", "   "]).map(\.text)
    #expect(lines.count == 3)
    #expect(lines[0] == "" && lines[2] == "")
  }
}
