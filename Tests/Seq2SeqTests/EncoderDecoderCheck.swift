import Foundation

@testable import Seq2Seq

/// A whole encoder-decoder: that its layers are put together as the paper and the notes have them.
final class EncoderDecoderCheck {
  private static let pairs = [
    SentencePair(source: [2, 3, 4, 3], target: [2]),
    SentencePair(source: [], target: [3, 4, 2]),
    SentencePair(source: [1], target: []),
    SentencePair(source: [4, 4], target: [1, 3]),
  ]

  private let model: EncoderDecoder
  private let worker: Worker
  private let dropout: Dropout?
  private var values: Numbers = [:]

  private var shape: EncoderDecoderShape { model.shape }

  /// - Parameters:
  ///   - cell: of all layers.
  ///   - dropout: the fraction of inputs that is dropped.
  ///   - change: of the model's options.
  init(
    cell: Configuration.Model.Cell, dropout: Double = 0,
    _ change: (inout EncoderDecoderShape) -> Void = { _ in }
  ) {
    var shape = EncoderDecoderShape(
      cell: cell, layerCount: 2, hiddenSize: 4, embeddingSize: 3,
      vocabularies: VocabularySizes(source: 5, target: 6))
    change(&shape)
    model = EncoderDecoder(shape)
    let parameters = Parameters(layout: model.layout)
    for slice in model.layout.all {
      // Scores near zero would make all weights of a sentence nearly the same.
      let range: Float = slice.name.contains("self_attention") ? 2 : 1
      values.draw(slice.name, slice.count, in: -range...range)
    }
    parameters.assign(values)
    let rule = dropout > 0 ? Dropout(rate: dropout, seed: 3, step: 7) : nil
    self.dropout = rule
    worker = Worker(model, parameters: parameters) { $0 == 7 ? rule : nil }
  }

  var check: LayerCheck {
    LayerCheck(
      name: "a minibatch", values: values,
      // The gradients are those of a mean over sentences, the loss is a sum.
      coefficients: ["loss": [1 / Double(Self.pairs.count)]], definition: definition,
      // It adds the same to all scores of a query, and a softmax does not see that.
      irrelevant: shape.selfAttention > 0 ? ["encoder.self_attention.key.bias"] : [],
      passes: ["once", "again"].map { ($0, { try self.pass() }) })
  }

  private func definition(_ values: Numbers) -> Numbers {
    ["loss": [Self.pairs.indices.reduce(0) { $0 + loss($1, values) }]]
  }

  private func loss(_ number: Int, _ values: Numbers) -> Double {
    let pair = Self.pairs[number]
    let zeros = [Double](repeating: 0, count: shape.hiddenSize)
    let start = model.encoder.layers.map { _ in Definition.State(hidden: zeros, cell: zeros) }
    let source = Array(pair.source.reversed())
    let encoded = read(
      shape.selfAttention > 0
        ? Definition.selfAttention(source, size: shape.selfAttention, in: values)
        : vectors(source, "encoder", values), from: start, model.encoder, of: number, values)
    var states = encoded.states
    if shape.handOver == .hidden { for layer in states.indices { states[layer].cell = zeros } }
    let peek = shape.peeky ? states[states.count - 1].hidden : []
    let decoded = read(
      vectors([Vocabulary.endOfSentence] + pair.target, "decoder", values).map { peek + $0 },
      from: states, model.decoder, of: number, values)
    let weight = values[model.output!.weight.name]!
    let bias = values["decoder.output.bias"]!
    var loss = 0.0
    for (step, target) in (pair.target + [Vocabulary.endOfSentence]).enumerated() {
      let state = decoded.outputs[step]
      let context =
        shape.attention == .dot
        ? Definition.attention(state, keys: encoded.outputs, values: encoded.outputs) : []
      let input = left("decoder.output", peek + context + state, of: number, step: step)
      loss -= log(Definition.softmax(input, weight: weight, bias: bias)[Int(target)])
    }
    return loss
  }

  private func vectors(_ symbols: [Int32], _ side: String, _ values: Numbers) -> [[Double]] {
    symbols.map {
      Definition.row(
        Int($0), of: values["\(side).embedding.weight"]!, width: shape.embeddingSize)
    }
  }

  private func read(
    _ vectors: [[Double]], from states: [Definition.State], _ stack: LayerStack, of sentence: Int,
    _ values: Numbers
  ) -> (outputs: [[Double]], states: [Definition.State]) {
    Definition.read(
      vectors, from: states, cell: shape.encoder.cell.name,
      layers: stack.layers.map { Definition.Weights($0, in: values) }
    ) { layer, step, input in
      self.left(stack.layers[layer].inputWeight.name, input, of: sentence, step: step)
    }
  }

  private func left(_ layer: String, _ input: [Double], of sentence: Int, step: Int) -> [Double] {
    dropout?.left(layer, input, of: sentence, step: step) ?? input
  }

  private func pass() throws -> LayerCheck.Pass {
    let loss = try worker.forward(Minibatch(Self.pairs, reverseSource: true, step: 7))
    try worker.backward()
    return (["loss": [loss]], worker.gradients.numbers)
  }
}

extension Dropout {
  /// What is left of an input: that it depends on nothing but sentence and step is `DropoutTests`'s.
  func left(_ layer: String, _ input: [Double], of sentence: Int, step: Int) -> [Double] {
    let factors = OwnedMatrix(
      [Double](repeating: 1, count: (step + 1) * input.count), columns: input.count)
    mask(layer, Packing(descendingLengths: [step + 1]), numbers: [sentence]).apply(
      to: factors.matrix, steps: 0..<step + 1)
    return zip(input, factors.doubles.suffix(input.count)).map(*)
  }
}
