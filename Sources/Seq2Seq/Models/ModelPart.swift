/// A part of a model.
struct ModelPart: Sendable, Equatable {
  /// Which of its layers; of an `EncoderDecoder`, those of both sides.
  var layers: Range<Int>
  /// The slice of the output vocabulary, or nil for none.
  var vocabulary: Range<Int>?
  /// Whether the slice is this part's alone in the run (`softmax: sharded`), so that its gradient is
  /// never summed.
  var hasLocalOutput = false

  /// Whether it has the embeddings: the part with layer 0 does.
  var hasEmbeddings: Bool { layers.contains(0) }

  /// Whether it has the top layer of a model.
  func hasTop(of plan: ModelPlan) -> Bool {
    !layers.isEmpty && layers.upperBound == plan.layerCount
  }

  /// All of a model.
  static func whole(_ plan: ModelPlan) -> ModelPart {
    ModelPart(layers: 0..<plan.layerCount, vocabulary: 0..<plan.vocabularySize)
  }
}
