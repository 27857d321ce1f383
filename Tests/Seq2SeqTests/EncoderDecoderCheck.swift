import Foundation

@testable import Seq2Seq

/// A whole encoder-decoder: that its layers are put together as the paper has them.
final class EncoderDecoderCheck {
  private static let pairs = [
    SentencePair(source: [2, 3, 4], target: [2]),
    SentencePair(source: [], target: [3, 4, 2]),
    SentencePair(source: [1], target: []),
    SentencePair(source: [4, 4], target: [1, 3]),
  ]

  private let model: EncoderDecoder
  private let worker: Worker
  private var values: Numbers = [:]

  init(cell: Configuration.Model.Cell) {
    model = EncoderDecoder(
      EncoderDecoderShape(
        cell: cell, layerCount: 2, hiddenSize: 4, embeddingSize: 3,
        vocabularies: VocabularySizes(source: 5, target: 6)))
    let parameters = Parameters(layout: model.layout)
    for slice in model.layout.all { values.draw(slice.name, slice.count) }
    parameters.assign(values)
    worker = Worker(model, parameters: parameters)
  }

  var check: LayerCheck {
    LayerCheck(
      name: "a minibatch", values: values,
      // The gradients are those of a mean over sentences, the loss is a sum.
      coefficients: ["loss": [1 / Double(Self.pairs.count)]], definition: definition,
      passes: ["once", "again"].map { ($0, { try self.pass() }) })
  }

  private func definition(_ values: Numbers) -> Numbers {
    ["loss": [Self.pairs.reduce(0) { $0 + loss($1, values) }]]
  }

  private func loss(_ pair: SentencePair, _ values: Numbers) -> Double {
    func weights(_ stack: LayerStack) -> [Definition.Weights] {
      stack.layers.map { Definition.Weights($0, in: values) }
    }
    func vectors(_ symbols: [Int32], _ side: String) -> [[Double]] {
      symbols.map {
        Definition.row(
          Int($0), of: values["\(side).embedding.weight"]!, width: model.shape.embeddingSize)
      }
    }
    let cell = model.shape.stack.cell.name
    let zeros = [Double](repeating: 0, count: model.shape.hiddenSize)
    let encoded = Definition.read(
      vectors(pair.source.reversed(), "encoder"),
      from: model.encoder.layers.map { _ in .init(hidden: zeros, cell: zeros) }, cell: cell,
      layers: weights(model.encoder))
    let decoded = Definition.read(
      vectors([Vocabulary.endOfSentence] + pair.target, "decoder"), from: encoded.states,
      cell: cell, layers: weights(model.decoder))
    let (weight, bias) = (values["decoder.output.weight"]!, values["decoder.output.bias"]!)
    return zip(decoded.outputs, pair.target + [Vocabulary.endOfSentence]).reduce(0) {
      $0 - log(Definition.softmax($1.0, weight: weight, bias: bias)[Int($1.1)])
    }
  }

  private func pass() throws -> LayerCheck.Pass {
    let loss = try worker.forward(Minibatch(Self.pairs, reverseSource: true))
    try worker.backward()
    return (["loss": [loss]], worker.gradients.numbers)
  }
}
