import Foundation
import Testing

@testable import Seq2Seq

/// What is left undone, done together, or done by several threads changes nothing that is found, to the bit.
@Suite("Search without needless work", .serialized)
struct SearchTests {
  private static func options(
    _ beamSize: Int, nBest: Int = 1, _ lengthPenalty: LengthPenalty = .none, maxLength: Int = 6
  ) -> SearchOptions {
    var options = SearchOptions(beamSize: beamSize)
    (options.nBest, options.lengthPenalty, options.maxLength) = (nBest, lengthPenalty, maxLength)
    return options
  }

  /// Sentences of a vocabulary of 8 or more, enough for a bound to be looked for.
  private static let sentences: [[Int32]] = [
    [2, 3, 4], [5], [], [6, 2, 2, 2, 3, 7], [7, 7], [3], [4, 5, 6, 7], [2, 2], [1, 1, 3, 2, 5], [6],
    [5, 4, 3, 2], [7, 2, 6],
  ]

  /// Compares a search for all sentences at once, with three threads, with the definition.
  private func compare(
    _ ensemble: Ensemble, _ options: SearchOptions, prefixes: [[Int32]]? = nil
  ) {
    let decoder = ensemble.makeDecoder()
    let sources = Self.sentences.map { sentence in
      EnsembleSource(ensemble.members.map { $0.isTranslator ? sentence : [] })
    }
    let before = MatrixThreads.count
    MatrixThreads.set(3)
    defer { MatrixThreads.set(before) }
    let search = BeamSearch(decoder, options)
    let found = search.search(sources, prefixes: prefixes)
    for (index, source) in sources.enumerated() {
      let prefix = prefixes?[index] ?? []
      let expected = PlainSearch.search(decoder, options, source: source, prefix: prefix)
      #expect(found[index] == expected)
      guard index % 4 == 0 else { continue }
      #expect(search.search([source], prefixes: [prefix])[0] == expected)
    }
  }

  @Test("every model's search is that of the definition", arguments: TorchFixture.names)
  func models(name: String) throws {
    let ensemble = Ensemble(try TorchFixture(name).model)
    compare(ensemble, Self.options(1))
    compare(ensemble, Self.options(6))
    compare(ensemble, Self.options(9, nBest: 2, .wu(alpha: 0.8)))
    compare(ensemble, Self.options(4, nBest: 4, maxLength: 4))
    compare(ensemble, Self.options(5, .perSymbol, maxLength: 4))
    compare(
      ensemble, Self.options(4), prefixes: Self.sentences.map { Array($0.prefix($0.count % 3)) })
  }

  @Test("so is that of an ensemble of three kinds of models", arguments: Ensemble.Average.allCases)
  func ensembles(average: Ensemble.Average) throws {
    let names = ["attention", "gru", "language-model"]
    let ensemble = try Ensemble(
      names.map { try TorchFixture($0).model }, average: average, weights: [2, 1, 1])
    compare(ensemble, Self.options(1))
    compare(ensemble, Self.options(8))
    compare(ensemble, Self.options(5, nBest: 3, .wu(alpha: 0.5), maxLength: 4))
  }

  @Test("a sentence that finds no end, and one that is far longer, hold up no others")
  func lengths() throws {
    let model = try TorchFixture("layers2").model
    model.parameters.pointer(model.output.bias)[Int(Vocabulary.endOfSentence)] = -3
    let sources = (0..<20).map { index in
      EnsembleSource([(0..<(index == 7 ? 40 : index % 4)).map { Int32($0 % 8 + 1) }])
    }
    let decoder = Ensemble(model).makeDecoder()
    let options = SearchOptions(beamSize: 4)
    let found = BeamSearch(decoder, options).search(sources)
    for index in [0, 7, 9] {
      #expect(found[index] == PlainSearch.search(decoder, options, source: sources[index]))
    }
  }

  /// Logits that follow from the symbols before, with many equal scores. Some rows say nothing, some are sure:
  /// what is likeliest at first may fall out of a beam, and win in the end.
  private struct Toy {
    let seed: UInt64
    let symbols: Int

    func logits(_ live: [BeamSearch.Hypothesis], into storage: FloatStorage) -> Matrix {
      let matrix = storage.matrix(rows: live.count, columns: symbols)
      for (row, hypothesis) in live.enumerated() {
        var generator = SeededGenerator(seed: seed, stream: "\(hypothesis.symbols)")
        let few: [Float] = [[0], [0, 6], [0, 2, 2]][generator.next(below: 3)]
        var values = (0..<symbols).map { $0 < few.count ? few[$0] : 0 }
        let isEarly = hypothesis.symbols.count < 4
        if isEarly { values.removeFirst() }
        generator.shuffle(&values)
        matrix[rows: row..<row + 1].copy(from: isEarly ? [-4] + values : values)
      }
      return matrix
    }
  }

  /// A bounded search, how often it began, and the hypotheses that it extended since it began last.
  private func search(
    _ toy: Toy, _ options: SearchOptions, prefix: [Int32]
  ) -> (found: [BeamSearch.Hypothesis], starts: Int, rows: Int) {
    let storage = FloatStorage()
    var sentence = SentenceSearch(
      0, of: EnsembleSource([[]]), prefix: prefix, options, isBounded: true)
    let origin = BeamSearch.Hypothesis(symbols: [], score: 0)
    var (live, starts, rows) = ([origin], 1, 0)
    while true {
      rows += live.count
      switch sentence.extend(toy.logits(live, into: storage)) {
      case .goOn(let parents, let symbols):
        live = zip(parents, symbols).map { parent, symbol in
          .init(symbols: live[parent].symbols + [symbol], score: 0)
        }
      case .startAgain: (live, starts, rows) = ([origin], starts + 1, 0)
      case .end: return (sentence.found, starts, rows)
      }
    }
  }

  @Test("a bound changes nothing, whatever is equal, and where it fails the search is made again")
  func bounds() {
    let storage = FloatStorage()
    let penalties: [LengthPenalty] = [.none, .wu(alpha: 0.7), .perSymbol, .wu(alpha: 3)]
    var (again, rows, plainRows) = (0, 0, 0)
    for seed in 0..<300 {
      let toy = Toy(seed: UInt64(seed), symbols: 4 + seed % 5)
      let nBest = 1 + seed / 7 % 3 / 2
      let options = Self.options(
        nBest + 1 + seed % 9, nBest: nBest, penalties[seed / 2 % 4], maxLength: 5 + seed % 4)
      let prefix: [Int32] = seed % 5 == 0 ? [2, 1] : []
      let (found, starts, own) = search(toy, options, prefix: prefix)
      let limit = options.limit(ofSource: 0, prefix: prefix.count)
      let plain = PlainSearch(options: options, prefix: prefix, limit: limit).search { _, live in
        if starts == 2 { plainRows += live.count }
        return toy.logits(live, into: storage)
      }
      #expect(found == plain, "\(seed)")
      if starts == 2 { rows += own } else { again += 1 }
    }
    // Both happen: a bound that holds, nearly always, and one that does not.
    #expect(again > 0 && again < 30, "\(again)")
    #expect(rows < plainRows * 9 / 10, "\(rows) of \(plainRows)")
  }

  @Test("a beam of 1 takes the likeliest symbol until that is the end")
  func greedy() throws {
    for name in ["layers2", "attention", "gru3"] {
      let model = try TorchFixture(name).model
      let found = BeamSearch(Ensemble(model).makeDecoder(), Self.options(1))
        .search(Self.sentences.map { EnsembleSource([$0]) })
      for (sentence, hypotheses) in zip(Self.sentences, found) {
        let state = model.network.makeDecoder(model.parameters).start([sentence.reversed()])
        var symbols: [Int32] = []
        while symbols.count < 6 {
          let next = indicesOfLargest(1, of: state.logits.row(0), count: state.logits.columns)[0]
          if next == Vocabulary.endOfSentence { break }
          symbols.append(next)
          state.step(from: [0], symbols: [next])
        }
        #expect(hypotheses.map(\.symbols) == [symbols])
      }
    }
  }

  @Test(
    "rows that wait are continued later as if nothing had happened", arguments: TorchFixture.names)
  func waiting(name: String) throws {
    let model = try TorchFixture(name).model
    let decoder = model.network.makeDecoder(model.parameters)
    func copy(_ logits: Matrix, _ row: Int) -> [Float] {
      Array(UnsafeBufferPointer(start: logits.row(row), count: logits.columns))
    }
    let (one, other): ([Int32], [Int32]) = ([2, 3, 4], [5, 6])
    let alone = decoder.start([other])
    let expected = copy(alone.logits, 0)
    let state = decoder.makeState()
    state.add([one, other])
    state.step(from: [0, 1], symbols: [0])
    state.step(from: [0, 0, 1], symbols: [3, 4])
    state.add([other])
    #expect(state.logits.rows == 2)
    state.step(from: [3, 1, 2], symbols: [0, 5, 0])
    #expect(copy(state.logits, 0) == expected)
    #expect(copy(state.logits, 2) == expected)
    withExtendedLifetime(alone) {}
  }

  @Test("a model that computes no number has no score")
  func noNumber() throws {
    let model = try TorchFixture("layers2").model
    model.parameters.pointer(model.output.bias)[3] = .infinity
    for beamSize in [1, 8] {
      let found = BeamSearch(Ensemble(model).makeDecoder(), Self.options(beamSize))
        .search(Self.sentences.map { EnsembleSource([$0]) })
      #expect(found.allSatisfy { $0.count == 1 && !$0[0].score.isFinite })
    }
  }
}
