/// The sizes of an `EncoderDecoder`.
struct EncoderDecoderShape: ModelShape, Equatable {
  /// What its layers compute at a step.
  var cell = Configuration.Model.Cell.lstm
  /// Layers of the encoder, and as many of the decoder.
  var layerCount: Int
  /// H.
  var hiddenSize: Int
  /// E.
  var embeddingSize: Int
  /// Vs and Vt.
  var vocabularies: VocabularySizes

  /// The layers of the encoder, and those of the decoder.
  var stack: StackShape {
    StackShape(cell: cell.recurrence, inputSize: embeddingSize, hiddenSize: hiddenSize)
  }

  var plan: ModelPlan {
    let layers = (0..<layerCount).map(stack.weights)
    let all = layers.reduce(0, +)
    return ModelPlan(
      // A layer of the encoder and the same of the decoder.
      layerCosts: layers.map { 2 * Double($0) }, outputInputSize: hiddenSize,
      vocabularySize: vocabularies.target,
      wordCosts: WordCosts(source: all, target: all + hiddenSize * vocabularies.target))
  }

  func make(_ part: ModelPart) -> any Model { EncoderDecoder(self, part: part) }
}

extension EncoderDecoderShape {
  /// The model that a configuration describes.
  init(_ model: Configuration.Model, _ vocabularies: VocabularySizes) {
    self.init(
      cell: model.cell, layerCount: model.layers, hiddenSize: model.hiddenSize,
      embeddingSize: model.embeddingSize, vocabularies: vocabularies)
  }
}
