/// What must be known of a model before any part of it exists: enough to deal it out.
struct ModelPlan: Sendable, Equatable {
  /// Multiply-adds per row of each layer that a stage can own, from the bottom up; of an
  /// `EncoderDecoder`, of one source and one target word together.
  let layerCosts: [Double]
  /// Numbers per row that the output layer reads.
  let outputInputSize: Int
  /// Symbols of the output layer, V.
  let vocabularySize: Int
  /// What words cost.
  let wordCosts: WordCosts

  /// How many layers can be dealt out to stages.
  var layerCount: Int { layerCosts.count }
  /// Weights of the output layer.
  var outputCost: Double { Double(vocabularySize * outputInputSize) }
}

/// What words cost, in multiply-adds.
struct WordCosts: Sendable, Equatable {
  /// A source word; 0 where a model has no source.
  var source = 1
  /// A target word, or `<eos>`: it meets the output layer too.
  var target = 1

  /// What a sentence and its translation cost.
  func work(_ pair: SentencePair) -> Int {
    pair.source.count * source + (pair.target.count + 1) * target
  }

  /// What minibatches cost.
  func work(_ counts: BatchCounts) -> Int {
    counts.sourceWords * source + counts.targetSymbols * target
  }
}
