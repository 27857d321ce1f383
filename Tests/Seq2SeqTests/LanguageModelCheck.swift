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
  private var values: Numbers = [:]

  init(cell: Configuration.Model.Cell) {
    model = LanguageModel(
      LanguageModelShape(
        cell: cell, layerCount: 2, hiddenSize: 4, embeddingSize: 3, vocabularySize: 6))
    let parameters = Parameters(layout: model.layout)
    for slice in model.layout.all { values.draw(slice.name, slice.count) }
    parameters.assign(values)
    worker = Worker(model, parameters: parameters)
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
    _ stream: Int, of block: StreamBlock, from states: [Definition.State], _ values: Numbers
  ) -> (outputs: [[Double]], states: [Definition.State]) {
    Definition.read(
      block.inputs[stream].map {
        Definition.row(
          Int($0), of: values["decoder.embedding.weight"]!, width: model.shape.embeddingSize)
      }, from: states, cell: model.shape.stack.cell.name,
      layers: model.decoder.layers.map { Definition.Weights($0, in: values) })
  }

  /// Each stream's states after the first block.
  private func states(_ values: Numbers) -> [[Definition.State]] {
    let zeros = [Double](repeating: 0, count: model.shape.hiddenSize)
    return Self.blocks[0].inputs.indices.map { stream in
      read(
        stream, of: Self.blocks[0],
        from: model.decoder.layers.map { _ in .init(hidden: zeros, cell: zeros) }, values
      ).states
    }
  }

  private func definition(_ values: Numbers, from states: [[Definition.State]]) -> Numbers {
    let (weight, bias) = (values["decoder.output.weight"]!, values["decoder.output.bias"]!)
    let block = Self.blocks[1]
    return [
      "loss": [
        block.inputs.indices.reduce(0) { sum, stream in
          zip(read(stream, of: block, from: states[stream], values).outputs, block.targets[stream])
            .filter { $0.1 != Vocabulary.unknown }.reduce(sum) {
              $0 - log(Definition.softmax($1.0, weight: weight, bias: bias)[Int($1.1)])
            }
        }
      ]
    ]
  }

  private func pass(validates: Bool) throws -> LayerCheck.Pass {
    let minibatches = Self.blocks.map { Minibatch(.block($0), rules: Self.rules) }
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
