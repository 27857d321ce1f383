/// The sizes of an `EncoderDecoder`, and what it has beside its layers.
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
  /// What the output layer reads of the encoder's states.
  var attention = Configuration.Model.Attention.none
  /// d, numbers per key of the self-attention below the encoder; 0 for none.
  var selfAttention = 0
  /// Whether the decoder's first layer and the output layer read the encoder's last state at every step.
  var peeky = false
  /// What the decoder starts from.
  var handOver = Configuration.Model.HandOver.state
  /// Whether the output layer's weights are the decoder's embeddings.
  var tiedEmbeddings = false
  /// Whether inputs are dropped in training: they are kept twice then.
  var hasDropout = false

  /// The layers of the encoder.
  var encoder: StackShape {
    StackShape(
      cell: cell.recurrence, inputSize: selfAttention > 0 ? selfAttention : embeddingSize,
      hiddenSize: hiddenSize)
  }

  /// The layers of the decoder.
  var decoder: StackShape {
    StackShape(
      cell: cell.recurrence, inputSize: (peeky ? hiddenSize : 0) + embeddingSize,
      hiddenSize: hiddenSize)
  }

  /// Numbers per row that the output layer reads: the encoder's last state (`peeky`), the context
  /// (`attention`), the decoder's state.
  var outputInputSize: Int {
    Configuration.Model.outputInputSize(
      hiddenSize: hiddenSize, attention: attention, peeky: peeky)
  }

  var plan: ModelPlan {
    let (source, target) = (
      (0..<layerCount).map(encoder.weights), (0..<layerCount).map(decoder.weights)
    )
    return ModelPlan(
      // A layer of the encoder and the same of the decoder.
      layerCosts: zip(source, target).map { Double($0 + $1) }, outputInputSize: outputInputSize,
      vocabularySize: vocabularies.target,
      wordCosts: WordCosts(
        source: source.reduce(0, +) + selfAttention * embeddingSize,
        target: target.reduce(0, +) + outputInputSize * vocabularies.target))
  }

  func make(_ part: ModelPart) -> any Model { EncoderDecoder(self, part: part) }
}

extension EncoderDecoderShape {
  /// The model that a configuration describes.
  init(_ model: Configuration.Model, _ vocabularies: VocabularySizes) {
    self.init(
      cell: model.cell, layerCount: model.layers, hiddenSize: model.hiddenSize,
      embeddingSize: model.embeddingSize, vocabularies: vocabularies, attention: model.attention,
      selfAttention: model.selfAttention, peeky: model.peeky, handOver: model.handOver,
      tiedEmbeddings: model.tiedEmbeddings, hasDropout: model.dropout > 0)
  }
}
