import TestSupport
import Testing

@testable import Seq2Seq

/// The vectors of sentences against the encoder a step at a time.
@Suite("Sentence vectors")
struct SentenceEncoderTests {
  private let lines = ["w2 w3", "", "w4", "w3 w3 w2 w5 nobody w2", "   ", "w2", "w3 w2", "w4"]

  /// The encoder's state after a line, layer by layer, reached a step at a time.
  private func states(_ model: TrainedModel, _ line: String) -> [(h: [Float], c: [Float])] {
    guard let network = model.network as? EncoderDecoder, let tables = network.embeddings else {
      preconditionFailure("a whole encoder-decoder")
    }
    let states = StepStates(of: network.encoder)
    let rows = states.add(1)
    for row in rows { row.assign(nil) }
    let weights = network.encoder.stepWeights(parameters: model.parameters)
    let storage = FloatStorage()
    // What is not said is the paper's way.
    for symbol in model.encodeSource(line).reversed() {
      let input = storage.matrix(rows: 1, columns: network.shape.embeddingSize)
      tables.encoder.forward([symbol][...], into: input, parameters: model.parameters)
      _ = network.encoder.step(
        .vectors(input), rows: 0..<1, states: rows, weights: weights,
        scratch: LayerStack.StepScratch())
    }
    return withExtendedLifetime(states) {
      rows.map { (Array($0.hidden.memory), Array($0.cell.memory)) }
    }
  }

  @Test(
    "a vector is the encoder's state after the line's last step",
    arguments: [
      "layers1", "layers2", "layers4", "gru", "gru3", "rnn", "attention", "peeky", "hidden", "tied",
    ])
  func stepByStep(name: String) throws {
    let model = try TorchFixture(name).model
    let hasCells = model.configuration.model.cell == .lstm && name != "hidden"
    for state in SentenceEncoder.State.allCases {
      let encoder = try SentenceEncoder(model, state: state)
      let vectors = try encoder.vectors(of: lines)
      #expect(vectors.count == lines.count * encoder.size)
      for (index, line) in lines.enumerated() {
        let states = states(model, line)
        let expected: [Float] =
          switch state {
          case .all: states.flatMap { hasCells ? $0.h + $0.c : $0.h }
          case .hidden: states.flatMap(\.h)
          case .top: states[states.count - 1].h
          }
        #expect(expected.count == encoder.size)
        let row = vectors[index * encoder.size..<(index + 1) * encoder.size]
        #expect(zip(row, expected).allSatisfy { abs($0 - $1) < 1e-5 }, "\(state) \(line)")
      }
    }
  }

  @Test("a vector is the same to the bit alone and in any company", arguments: TorchFixture.names)
  func batching(name: String) throws {
    let encoder = try SentenceEncoder(TorchFixture(name).model)
    let together = try encoder.vectors(of: lines)
    for (index, line) in lines.enumerated() {
      #expect(
        try encoder.vectors(of: [line]).elementsEqual(
          together[index * encoder.size..<(index + 1) * encoder.size]))
    }
    let backwards = try encoder.vectors(of: lines.reversed())
    #expect(backwards.suffix(encoder.size).elementsEqual(together.prefix(encoder.size)))
    // Nothing is read of an empty line, nor of blanks.
    for index in [1, 4] {
      #expect(
        together[index * encoder.size..<(index + 1) * encoder.size].allSatisfy { $0 == 0 })
    }
    #expect(try encoder.vectors(of: []).isEmpty)
    let shared = try encoder.vectors(of: lines, over: DistributedLines(over: nil))
    #expect(shared.numbers == together && shared.count == lines.count)
  }

  @Test("a language model has no encoder; a model that computes no number says so")
  func refused() throws {
    #expect { try SentenceEncoder(TorchFixture("language-model").model) } throws: {
      "\($0)".contains("is a language model, which has no encoder")
    }
    let model = try TorchFixture("rnn").model
    for slice in model.network.layout.all { model.parameters.pointer(slice)[0] = .nan }
    #expect(throws: InputError.self) { try SentenceEncoder(model).vectors(of: ["w2 w3", "w4"]) }
  }
}
