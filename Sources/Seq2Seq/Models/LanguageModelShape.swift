/// The sizes of a `LanguageModel`.
struct LanguageModelShape: ModelShape, Equatable {
  /// What its layers compute at a step.
  var cell = Configuration.Model.Cell.lstm
  /// Layers.
  var layerCount: Int
  /// H.
  var hiddenSize: Int
  /// E.
  var embeddingSize: Int
  /// V.
  var vocabularySize: Int
  /// Whether the output layer's weights are the embeddings.
  var tiedEmbeddings = false
  /// Whether inputs are dropped in training: they are kept twice then.
  var hasDropout = false

  /// The layers.
  var stack: StackShape {
    StackShape(cell: cell.recurrence, inputSize: embeddingSize, hiddenSize: hiddenSize)
  }

  var plan: ModelPlan {
    let layers = (0..<layerCount).map(stack.weights)
    return ModelPlan(
      layerCosts: layers.map(Double.init), outputInputSize: hiddenSize,
      vocabularySize: vocabularySize,
      wordCosts: WordCosts(
        source: 0, target: layers.reduce(0, +) + hiddenSize * vocabularySize))
  }

  func make(_ part: ModelPart) -> any Model { LanguageModel(self, part: part) }
}

extension LanguageModelShape {
  /// The model that a configuration describes.
  init(_ model: Configuration.Model, _ vocabularies: VocabularySizes) {
    self.init(
      cell: model.cell, layerCount: model.layers, hiddenSize: model.hiddenSize,
      embeddingSize: model.embeddingSize, vocabularySize: vocabularies.target,
      tiedEmbeddings: model.tiedEmbeddings, hasDropout: model.dropout > 0)
  }
}
