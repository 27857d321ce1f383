import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Language models")
struct LanguageModelTests {
  private let folder = TemporaryFolder()

  /// Random symbols of a vocabulary of 9, with `<eos>` now and then.
  private func text(_ count: Int) -> [Int32] {
    var generator = SeededGenerator(seed: 3, stream: "text")
    return (0..<count).map { _ in Int32(generator.next(below: 9)) }
  }

  /// A text as a file, of which the last symbol is an `<eos>`.
  private func file(_ symbols: [Int32]) throws -> PairFile {
    let writer = try PairFileWriter(folder.path + "/p")
    for line in symbols.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
      try writer.append(SentencePair(source: [], target: Array(line)))
    }
    try writer.complete()
    try writer.file.publish()
    return try PairFile(folder.path + "/p")
  }

  private func worker(_ cell: Configuration.Model.Cell, layers: Int = 2) -> Worker {
    let model = LanguageModel(
      LanguageModelShape(
        cell: cell, layerCount: layers, hiddenSize: 7, embeddingSize: 5, vocabularySize: 9))
    let parameters = Parameters(layout: model.layout)
    parameters.initializeUniformly(range: 1, seed: 3)
    return Worker(model, parameters: parameters)
  }

  private func options(streams: Int, block: Int, stateful: Bool = true)
    -> Configuration.Training
  {
    var options = Configuration.Training()
    (options.batchSize, options.blockLength) = (streams, block)
    options.stateful = stateful
    return options
  }

  private func loss(_ batches: any BatchDealer, of worker: Worker) throws -> Double {
    try (0..<batches.batchesPerEpoch).reduce(0) {
      $0 + (try worker.evaluate(Minibatch(batches.batch(ofStep: $1))))
    }
  }

  @Test(
    "blocks whose state goes on have the loss of one long block",
    arguments: Configuration.Model.Cell.allCases)
  func unrolled(cell: Configuration.Model.Cell) throws {
    let file = try file(text(100) + [0])
    let worker = worker(cell)
    let whole = TokenStream(validation: file, options(streams: 3, block: 1000))
    #expect(whole.batchesPerEpoch == 1)
    let exact = try loss(whole, of: worker)
    for length in [1, 4, 5, 33] {
      let blocks = try TokenStream(training: file, options(streams: 3, block: length))
      #expect(blocks.batchesPerEpoch == (33 + length - 1) / length)
      #expect(abs(try loss(blocks, of: worker) - exact) < 1e-6 * exact, "blocks of \(length)")
    }
    // Each block from zero is another function.
    let cut = try TokenStream(training: file, options(streams: 3, block: 4, stateful: false))
    #expect(abs(try loss(cut, of: worker) - exact) > 1e-3 * exact)
  }

  @Test("a validation between two blocks does not disturb the training, nor the training it")
  func validation() throws {
    let file = try file(text(60) + [0])
    let batches = try TokenStream(training: file, options(streams: 2, block: 5))
    let other = TokenStream(validation: file, options(streams: 5, block: 3))
    func losses(validating: Bool) throws -> (trained: [Double], validated: [Double]) {
      let worker = worker(.lstm)
      var (trained, validated): ([Double], [Double]) = ([], [])
      for step in 0..<2 * batches.batchesPerEpoch {
        trained.append(try worker.forward(Minibatch(batches.batch(ofStep: step))))
        try worker.backward()
        if validating {
          validated.append(
            try worker.evaluate(Minibatch(other.batch(ofStep: step % other.batchesPerEpoch))))
        }
      }
      return (trained, validated)
    }
    let alone = try losses(validating: false)
    let both = try losses(validating: true)
    #expect(alone.trained == both.trained)
    // Nothing is updated: an epoch that starts from zero has the losses of the one before.
    let epoch = batches.batchesPerEpoch
    #expect(Array(alone.trained[..<epoch]) == Array(alone.trained[epoch...]))
    let validator = worker(.lstm)
    let exact = try (0..<both.validated.count).map {
      try validator.evaluate(Minibatch(other.batch(ofStep: $0 % other.batchesPerEpoch)))
    }
    #expect(both.validated == exact)
  }

  @Test("a line scored alone is what a text of that line is")
  func lines() throws {
    let worker = worker(.gru)
    let line: [Int32] = [3, 4, 1, 8]
    let stream = TokenStream(
      validation: try file(line + [0]), options(streams: 1, block: 100))
    let batch = Minibatch([SentencePair(source: [], target: line)], reverseSource: true)
    #expect(try loss(stream, of: worker) == worker.evaluate(batch))
  }

  @Test("decoding step by step says what a whole pass says", arguments: [1, 3])
  func decoding(layers: Int) throws {
    let worker = worker(.lstm, layers: layers)
    let line: [Int32] = [3, 4, 1, 8, 0]
    let state = worker.model.makeDecoder(worker.parameters).start([[], []])
    var loss = 0.0
    // The line is in another row at every step, beside one of another text.
    var row = 1
    for symbol in line {
      let logits = state.logits
      let values = logits.row(row)
      loss += Double(logSumExp(values, count: logits.columns) - values[Int(symbol)])
      let before = row
      row = 1 - row
      state.step(from: [before, before], symbols: row == 0 ? [symbol, 5] : [5, symbol])
    }
    let batch = Minibatch(
      [SentencePair(source: [], target: line.dropLast())], reverseSource: true)
    #expect(abs(try worker.evaluate(batch) - loss) < 1e-5 * loss)
  }

  @Test("a target that counts in nothing has no loss and no gradient")
  func ignoredTargets() throws {
    let worker = worker(.lstm)
    func run(_ targets: [[Int32]], _ rules: Minibatch.Rules) throws -> (Double, Double) {
      let block = StreamBlock(
        inputs: targets.map { $0.map { _ in 2 } }, targets: targets, continues: false)
      let minibatch = Minibatch(.block(block), rules: rules)
      let loss = try worker.forward(minibatch)
      try worker.backward()
      let gradients = worker.gradients
      return (
        loss,
        gradients.sumOfSquares(dense: 0..<gradients.layout.denseCount)
          + gradients.sumOfSquaresOfTables()
      )
    }
    let ignoring = Minibatch.Rules(ignoresUnknown: true, lossUnit: .symbol)
    #expect(try run([[1, 1], [1, 1]], ignoring) == (0, 0))
    let counted = try run([[1, 1], [1, 1]], Minibatch.Rules())
    #expect(counted.0 > 1 && counted.1 > 1e-3)
    // As if the last one were not there: nothing after it counts.
    let (short, long) = (try run([[3, 4]], ignoring), try run([[3, 4, 1]], ignoring))
    #expect(short.0 == long.0)
    #expect(abs(short.1 - long.1) < 1e-6 * short.1)
  }

  @Test("what losses are divided by: sentences or streams, or symbols that count")
  func lossScale() {
    let pairs = [
      SentencePair(source: [2], target: [3, 1]), SentencePair(source: [], target: []),
    ]
    let block = StreamBlock(
      inputs: [[0, 2, 1], [3, 3, 0]], targets: [[2, 1, 0], [3, 0, 5]], continues: false)
    func divisor(
      _ batch: Batch, _ unit: Configuration.Training.LossUnit, ignoring: Bool
    ) -> Float {
      1
        / Minibatch(
          batch, rules: .init(ignoresUnknown: ignoring, lossUnit: unit), replicas: 3
        ).lossScale
    }
    for ignoring in [true, false] {
      #expect(divisor(.sentences(pairs), .sentence, ignoring: ignoring) == 2)
      #expect(divisor(.sentences(pairs), .symbol, ignoring: ignoring) == (ignoring ? 3 : 4))
      #expect(divisor(.block(block), .sentence, ignoring: ignoring) == 2)
      #expect(divisor(.block(block), .symbol, ignoring: ignoring) == (ignoring ? 5 : 6))
    }
    let counts = BatchCounts(.block(block), ignoringUnknown: true)
    #expect(counts.words == 4 && counts.sentences == 2 && counts.targetSymbols == 6)
    // Nothing counts: nothing is divided by zero.
    let nothing = StreamBlock(inputs: [[0]], targets: [[1]], continues: false)
    #expect(divisor(.block(nothing), .symbol, ignoring: true) == 1)
  }
}
