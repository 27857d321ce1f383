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
    let scores = try Scorer(model).score(targets.map { SentencePair(source: source, target: $0) })
    return zip(targets, scores).map { .init(symbols: $0, score: $1.logProbability) }
      .sorted { $0.score > $1.score }
  }

  @Test("a wide beam finds the best translation there is")
  func exhaustive() throws {
    let model = try TorchFixture("layers4").model
    for source: [Int32] in [[2, 3], [9], [4, 4, 5, 1]] {
      let exact = try allHypotheses(model, source: source, limit: 4)
      let search = BeamSearch(model.network.makeDecoder(model.parameters), beamSize: 300)
      let found = search.search([model.readingOrder(source)])[0]
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
      let found = BeamSearch(model.network.makeDecoder(model.parameters), beamSize: beamSize)
        .search(sources.map(model.readingOrder))
      for (source, hypotheses) in zip(sources, found) {
        #expect(!hypotheses.isEmpty && hypotheses.count <= beamSize)
        for hypothesis in hypotheses {
          let score = try Scorer(model).score([.init(source: source, target: hypothesis.symbols)])[
            0]
          #expect(abs(score.logProbability - hypothesis.score) < 1e-4)
        }
      }
    }
  }

  @Test("sentences found together are those found alone")
  func batching() throws {
    let model = try TorchFixture("layers2").model
    let search = BeamSearch(model.network.makeDecoder(model.parameters), beamSize: 4)
    let sources: [[Int32]] = [[2, 3, 4], [5], [], [6, 2, 2, 2, 3, 7], [8, 9]]
    let together = search.search(sources.map(model.readingOrder))
    for (source, hypotheses) in zip(sources, together) {
      #expect(
        search.search([model.readingOrder(source)])[0].map(\.symbols) == hypotheses.map(\.symbols))
    }
    #expect(search.search([]).isEmpty)
  }

  @Test("exact is what the greedy translation says, without a symbol that is not known")
  func exactMatches() throws {
    let model = try TorchFixture("layers2").model
    let sources: [[Int32]] = [[2, 3, 4], [5], [6, 2, 2, 2, 3, 7], [8, 9]]
    let found = BeamSearch(model.network.makeDecoder(model.parameters), beamSize: 1)
      .search(sources.map(model.readingOrder)).map { $0[0].symbols }
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
    let unknown = BeamSearch(model.network.makeDecoder(model.parameters), beamSize: 1)
      .search([[2, 3]])[0][0].symbols
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
