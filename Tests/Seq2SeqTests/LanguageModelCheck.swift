import Foundation

@testable import Seq2Seq

/// A whole language model over two blocks of streams, of which the second goes on from the first: that a
/// block's first state is the last one of the block before, and that no gradient goes back to it.
final class LanguageModelCheck {
  private static let blocks = [
    StreamBlock(
      inputs: [[0, 3, 4], [2, 2, 5], [1, 4, 0]], targets: [[3, 4, 1], [2, 5, 0], [4, 0, 3]],
      continues: false),
    StreamBlock(
      inputs: [[1, 2], [0, 1], [3, 3]], targets: [[2, 1], [1, 5], [3, 2]], continues: true),
  ]
  /// `<unk>` is the target of some rows of both.
  private static let rules = Minibatch.Rules(ignoresUnknown: true, lossUnit: .symbol)
  private static let countedSymbols = 4.0

  private let model: LanguageModel
  private let worker: Worker
  private let rate: Double
  private var values: Numbers = [:]

  /// - Parameters:
  ///   - rate: of dropout.
  ///   - isTied: whether the output layer's weights are the embeddings.
  init(cell: Configuration.Model.Cell, rate: Double = 0, isTied: Bool = false) {
    self.rate = rate
    model = LanguageModel(
      LanguageModelShape(
        cell: cell, layerCount: 2, hiddenSize: 4, embeddingSize: isTied ? 4 : 3, vocabularySize: 6,
        tiedEmbeddings: isTied, hasDropout: rate > 0))
    let parameters = Parameters(layout: model.layout)
    for slice in model.layout.all { values.draw(slice.name, slice.count) }
    parameters.assign(values)
    worker = Worker(model, parameters: parameters, dropout: Self.dropout(rate))
  }

  private static func dropout(_ rate: Double) -> (Int) -> Dropout? {
    { rate > 0 ? Dropout(rate: rate, seed: 4, step: $0) : nil }
  }

  private func left(
    _ layer: String, _ input: [Double], of stream: Int, step: Int, block: Int
  ) -> [Double] {
    Self.dropout(rate)(block)?.left(layer, input, of: stream, step: step) ?? input
  }

  var check: LayerCheck {
    let before = states(values)
    return LayerCheck(
      name: "a block that goes on", values: values,
      coefficients: ["loss": [1 / Self.countedSymbols]],
      // Cut off: the states of the first block are numbers, whatever the parameters become.
      definition: { self.definition($0, from: before) },
      passes: ["once", "after a validation"].map { name in
        (name, { try self.pass(validates: name != "once") })
      })
  }

  private func read(
    _ stream: Int, ofBlock block: Int, from states: [Definition.State], _ values: Numbers
  ) -> (outputs: [[Double]], states: [Definition.State]) {
    Definition.read(
      Self.blocks[block].inputs[stream].map {
        Definition.row(
          Int($0), of: values["decoder.embedding.weight"]!, width: model.shape.embeddingSize)
      }, from: states, cell: model.shape.stack.cell.name,
      layers: model.decoder.layers.map { Definition.Weights($0, in: values) }
    ) { layer, step, input in
      self.left(
        self.model.decoder.layers[layer].inputWeight.name, input, of: stream, step: step,
        block: block)
    }
  }

  /// Each stream's states after the first block.
  private func states(_ values: Numbers) -> [[Definition.State]] {
    let zeros = [Double](repeating: 0, count: model.shape.hiddenSize)
    return Self.blocks[0].inputs.indices.map { stream in
      read(
        stream, ofBlock: 0,
        from: model.decoder.layers.map { _ in .init(hidden: zeros, cell: zeros) }, values
      ).states
    }
  }

  private func definition(_ values: Numbers, from states: [[Definition.State]]) -> Numbers {
    let weight = values[model.output!.weight.name]!
    let bias = values["decoder.output.bias"]!
    let targets = Self.blocks[1].targets
    var loss = 0.0
    for stream in targets.indices {
      let outputs = read(stream, ofBlock: 1, from: states[stream], values).outputs
      for (step, target) in targets[stream].enumerated() where target != Vocabulary.unknown {
        let input = left("decoder.output", outputs[step], of: stream, step: step, block: 1)
        loss -= log(Definition.softmax(input, weight: weight, bias: bias)[Int(target)])
      }
    }
    return ["loss": [loss]]
  }

  private func pass(validates: Bool) throws -> LayerCheck.Pass {
    let minibatches = Self.blocks.enumerated().map {
      Minibatch(.block($1), rules: Self.rules, step: $0)
    }
    _ = try worker.forward(minibatches[0])
    try worker.backward()
    if validates {
      let other = StreamBlock(inputs: [[5, 4]], targets: [[1, 2]], continues: false)
      _ = try worker.evaluate(Minibatch(.block(other)))
    }
    let loss = try worker.forward(minibatches[1])
    try worker.backward()
    return (["loss": [loss]], worker.gradients.numbers)
  }
}
