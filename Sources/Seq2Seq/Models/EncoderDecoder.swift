/// The model of Sutskever et al. (2014), section 2: a deep LSTM reads the source sentence, and
/// from its final state a second deep LSTM writes the target.
///
/// It knows where parameters lie, not their values, and nothing of ranks.
struct EncoderDecoder: Sendable {
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// `[Vs, E]`.
  let sourceEmbedding: Embedding
  /// Reads the source.
  let encoder: StackedLSTM
  /// `[Vt, E]`.
  let targetEmbedding: Embedding
  /// Writes the target.
  let decoder: StackedLSTM
  /// From the decoder's output to the target vocabulary.
  let output: SoftmaxOutput

  /// The model of a configuration.
  init(
    layerCount: Int, hiddenSize: Int, embeddingSize: Int, sourceVocabularySize: Int,
    targetVocabularySize: Int
  ) {
    var layout = ParameterLayout()
    encoder = StackedLSTM(
      "encoder.lstm", layerCount: layerCount, inputSize: embeddingSize, hiddenSize: hiddenSize,
      to: &layout)
    decoder = StackedLSTM(
      "decoder.lstm", layerCount: layerCount, inputSize: embeddingSize, hiddenSize: hiddenSize,
      to: &layout)
    output = SoftmaxOutput(
      "decoder.output", vocabularySize: targetVocabularySize, inputSize: hiddenSize, to: &layout)
    sourceEmbedding = Embedding(
      "encoder.embedding", vocabularySize: sourceVocabularySize, size: embeddingSize, to: &layout)
    targetEmbedding = Embedding(
      "decoder.embedding", vocabularySize: targetVocabularySize, size: embeddingSize, to: &layout)
    self.layout = layout
  }

  /// What the forward pass leaves for the backward pass.
  final class Cache {
    let encoder: StackedLSTM.Cache
    let decoder: StackedLSTM.Cache
    let output = SoftmaxOutput.Cache()
    fileprivate let sourceEmbedding = Embedding.Cache()
    fileprivate let targetEmbedding = Embedding.Cache()
    fileprivate let sourceVectors = FloatStorage()
    fileprivate let targetVectors = FloatStorage()
    fileprivate let outputGradient = FloatStorage()
    fileprivate let vectorGradient = FloatStorage()
    fileprivate let bridges: [LSTMStateStorage]

    init(for model: EncoderDecoder) {
      encoder = StackedLSTM.Cache(layerCount: model.encoder.layers.count)
      decoder = StackedLSTM.Cache(layerCount: model.decoder.layers.count)
      bridges = model.encoder.layers.map { _ in LSTMStateStorage() }
    }
  }

  /// The numbers a row of embeddings has, E.
  private var embeddingSize: Int { sourceEmbedding.table.columns }

  /// Reads the source and runs the decoder over the target: fills `cache.decoder.output`.
  private func run(_ batch: Minibatch, parameters: Parameters, cache: Cache) {
    let source = batch.source
    let sourceVectors = cache.sourceVectors.matrix(
      rows: source.packing.rowCount, columns: embeddingSize)
    sourceEmbedding.forward(source.symbols, into: sourceVectors, parameters: parameters)
    encoder.forward(
      sourceVectors, packing: source.packing, from: nil, parameters: parameters,
      cache: cache.encoder)

    // The decoder packs the sentences by their targets' lengths, so the states change places.
    let initial = cache.encoder.finalStates.enumerated().map { index, final in
      let state = cache.bridges[index].state(
        rows: batch.sentenceCount, size: encoder.layers[index].hiddenSize)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(sequence, from: final, row: origin)
      }
      return state
    }

    let target = batch.targetInput
    let targetVectors = cache.targetVectors.matrix(
      rows: target.packing.rowCount, columns: embeddingSize)
    targetEmbedding.forward(target.symbols, into: targetVectors, parameters: parameters)
    decoder.forward(
      targetVectors, packing: target.packing, from: initial, parameters: parameters,
      cache: cache.decoder)
  }

  /// −log p of each target symbol into `cache.output.losses`, without gradients.
  func forward(_ batch: Minibatch, parameters: Parameters, cache: Cache) {
    run(batch, parameters: parameters, cache: cache)
    output.forward(
      cache.decoder.output, targets: batch.targetOutput, parameters: parameters,
      cache: cache.output)
  }

  /// −log p of each target symbol, and the gradients of the output layer, which it computes in
  /// the same pass. The loss that they belong to is the sum over these sentences, divided by the
  /// sentences of the whole minibatch.
  func forwardForTraining(
    _ batch: Minibatch, parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    run(batch, parameters: parameters, cache: cache)
    output.forwardAndBackward(
      cache.decoder.output, targets: batch.targetOutput,
      scale: 1 / Float(batch.wholeSentenceCount),
      inputGradient: cache.outputGradient.matrix(
        rows: cache.decoder.output.rows, columns: cache.decoder.output.columns),
      parameters: parameters, gradients: gradients, cache: cache.output)
  }

  /// The gradients below the output layer, after `forwardForTraining`.
  func backward(_ batch: Minibatch, parameters: Parameters, gradients: Gradients, cache: Cache) {
    let target = batch.targetInput
    let targetGradient = cache.vectorGradient.matrix(
      rows: target.packing.rowCount, columns: embeddingSize)
    decoder.backward(
      outputGradient: cache.outputGradient.matrix(
        rows: cache.decoder.output.rows, columns: cache.decoder.output.columns),
      finalGradients: nil, inputGradient: targetGradient, packing: target.packing,
      parameters: parameters, gradients: gradients, cache: cache.decoder)
    targetEmbedding.backward(
      target.symbols, outputGradient: targetGradient, gradients: gradients,
      cache: cache.targetEmbedding)

    // Back over the bridge: the decoder's initial states were the encoder's final ones.
    let finalGradients = cache.decoder.initialGradients.enumerated().map { index, gradient in
      let state = cache.bridges[index].state(
        rows: batch.sentenceCount, size: decoder.layers[index].hiddenSize)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(origin, from: gradient, row: sequence)
      }
      return state
    }

    let source = batch.source
    let sourceGradient = cache.vectorGradient.matrix(
      rows: source.packing.rowCount, columns: embeddingSize)
    encoder.backward(
      outputGradient: nil, finalGradients: finalGradients, inputGradient: sourceGradient,
      packing: source.packing, parameters: parameters, gradients: gradients,
      cache: cache.encoder)
    sourceEmbedding.backward(
      source.symbols, outputGradient: sourceGradient, gradients: gradients,
      cache: cache.sourceEmbedding)
  }

  /// log p of each sentence's target after `forward`, in the order of the pairs that the batch
  /// was made of.
  func sentenceLogProbabilities(_ batch: Minibatch, cache: Cache) -> [Double] {
    let packing = batch.targetInput.packing
    var sums = [Double](repeating: 0, count: packing.sequenceCount)
    for step in 0..<packing.stepCount {
      for sequence in 0..<packing.activeCount(step) {
        sums[batch.targetInput.order[sequence]] -=
          Double(cache.output.losses[packing.offset(step) + sequence])
      }
    }
    return sums
  }
}
