import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Alignments")
struct AlignerTests {
  private static let attentive = [
    "attention", "attention-gru", "self-attention-attention", "peeky-attention", "everything",
  ]

  @Test(
    "the encoder's states by these weights are what the output layer reads", arguments: attentive)
  func contexts(name: String) throws {
    let fixture = try TorchFixture(name)
    let model = try #require(fixture.model.network as? EncoderDecoder)
    let size = model.shape.hiddenSize
    let aligner = try Aligner(Ensemble(fixture.model))
    for name in fixture.batchNames {
      let pairs = fixture.pairs(name)
      let weights = try aligner.weights(
        of: pairs.map { EnsemblePair(source: EnsembleSource([$0.source]), target: $0.target) })
      let cache = model.makeCache(poll: {})
      let batch = LocalBatch(pairs, reverseSource: true)
      let context = PassContext(parameters: fixture.model.parameters)
      let top = try #require(try model.forward(batch, in: context, cache: cache)).values
      let states = cache.stacks.encoder.output
      for (sequence, sentence) in batch.targetInput.order.enumerated() {
        let count = pairs[sentence].source.count
        #expect(weights[sentence].count == pairs[sentence].target.count + 1)
        for (step, row) in weights[sentence].enumerated() {
          #expect(row.count == count)
          #expect(count == 0 || abs(row.reduce(0, +) - 1) < 1e-5)
          let packed = batch.targetInput.packing.offset(step) + sequence
          for column in 0..<size {
            // The encoder reads backwards, and these are in reading order.
            let sum = (0..<count).reduce(Float(0)) { sum, read in
              let place = batch.source.packing.offset(read) + batch.encoderSequence[sequence]
              return sum + row[count - 1 - read] * states[place, column]
            }
            let first = model.shape.peeky ? size : 0
            #expect(abs(sum - top[packed, first + column]) < 1e-5)
          }
        }
      }
    }
  }

  @Test("many pairs are aligned as each alone, and positions are those of the largest weights")
  func batches() throws {
    let model = try TorchFixture("attention").model
    let aligner = try Aligner(Ensemble(model))
    let pairs = (0..<40).map { index in
      EnsemblePair(
        source: EnsembleSource([(0..<index % 7).map { Int32(2 + ($0 * index) % 8) }]),
        // Longer than the steps that are there at a time.
        target: (0..<(index == 9 ? 150 : index % 5)).map { Int32(2 + ($0 + index) % 8) })
    }
    let together = try aligner.weights(of: pairs)
    let positions = try aligner.positions(of: pairs)
    for (index, pair) in pairs.enumerated() {
      let alone = try aligner.weights(of: [pair])[0]
      #expect(alone == together[index])
      let alignment = Alignment(source: [], target: [], weights: alone)
      #expect(alignment.positions == positions[index])
      #expect(positions[index].count == (pair.source.count == 0 ? 0 : pair.target.count))
      for (row, position) in zip(alone, positions[index]) {
        #expect(row[position] == row.max())
      }
    }
  }

  @Test(
    "models of an ensemble look as their weighted mean does; without attention they do not count")
  func ensembles() throws {
    let models = try ["attention-gru", "self-attention-attention", "rnn"].map {
      try TorchFixture($0).model
    }
    let lines = [(source: "w2 w3 never w4", target: "w3 w4 w4"), (source: "w5", target: "")]
    let own = try models.prefix(2).map { try Aligner(Ensemble($0)).align(lines) }
    let together = try Aligner(Ensemble(models, weights: [6, 2, 1])).align(lines)
    #expect(together[0].source == ["w2", "w3", "never", "w4"])
    #expect(together[0].target == ["w3", "w4", "w4", "<eos>"])
    for line in lines.indices {
      for (row, (left, right)) in zip(
        together[line].weights, zip(own[0][line].weights, own[1][line].weights))
      {
        for (found, (left, right)) in zip(row, zip(left, right)) {
          #expect(abs(found - (0.75 * left + 0.25 * right)) < 1e-6)
        }
      }
    }
    let error = #expect(throws: InputError.self) { try Aligner(Ensemble(models[2])) }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains("has no attention (model.attention)") == true)
  }
}
