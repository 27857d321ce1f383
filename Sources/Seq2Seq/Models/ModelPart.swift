/// Which part of a model a rank has.
struct ModelPart: Sendable, Equatable {
  /// Layers of the encoder, and the same of the decoder; none for a rank of the softmax alone.
  var layers: Range<Int>
  /// The slice of the output vocabulary, or nil for none.
  var vocabulary: Range<Int>?
  /// Whether no other replica has the same slice.
  var hasOutputAlone = false

  /// Whether it has the embeddings: the part with layer 0 does.
  var hasEmbeddings: Bool { layers.contains(0) }

  /// All of a model.
  static func whole(layerCount: Int, vocabularySize: Int) -> ModelPart {
    ModelPart(layers: 0..<layerCount, vocabulary: 0..<vocabularySize)
  }
}

/// What sizes a model has.
struct ModelShape: Sendable, Equatable {
  /// LSTM layers of the encoder, and as many of the decoder.
  var layerCount: Int
  /// H.
  var hiddenSize: Int
  /// E.
  var embeddingSize: Int
  /// Vs.
  var sourceVocabularySize: Int
  /// Vt.
  var targetVocabularySize: Int

  /// Weights of a layer of the encoder, and as many of the decoder.
  func layerWeights(_ layer: Int) -> Int {
    4 * hiddenSize * (hiddenSize + (layer == 0 ? embeddingSize : hiddenSize))
  }

  /// The weights that words meet.
  var wordCosts: WordCosts {
    let layers = (0..<layerCount).reduce(0) { $0 + layerWeights($1) }
    return WordCosts(source: layers, target: layers + hiddenSize * targetVocabularySize)
  }

  /// All of the model.
  var whole: ModelPart {
    .whole(layerCount: layerCount, vocabularySize: targetVocabularySize)
  }
}
