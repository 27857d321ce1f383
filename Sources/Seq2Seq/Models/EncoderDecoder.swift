/// The model of Sutskever et al. (2014), section 2: a deep LSTM reads the source sentence, and
/// from its final state a second deep LSTM writes the target; or the part of it that a rank has.
///
/// It knows where parameters lie, not their values, and nothing of ranks. A part owns the same
/// layers of encoder and decoder, so that final states never travel.
struct EncoderDecoder: Sendable {
  /// The sizes of the whole model.
  let shape: ModelShape
  /// What of it this is.
  let part: ModelPart
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// Reads the source.
  let encoder: StackedLSTM
  /// Writes the target.
  let decoder: StackedLSTM
  /// From the decoder's output to the target vocabulary.
  let output: SoftmaxOutput?
  /// `[Vs, E]` and `[Vt, E]`.
  let embeddings: PerSide<Embedding>?

  /// A model, or a part of one.
  init(_ shape: ModelShape, part: ModelPart? = nil) {
    let part = part ?? shape.whole
    self.shape = shape
    self.part = part
    var layout = ParameterLayout()
    encoder = StackedLSTM(
      "encoder.lstm", layers: part.layers, inputSize: shape.embeddingSize,
      hiddenSize: shape.hiddenSize, to: &layout)
    decoder = StackedLSTM(
      "decoder.lstm", layers: part.layers, inputSize: shape.embeddingSize,
      hiddenSize: shape.hiddenSize, to: &layout)
    output = part.vocabulary.map {
      SoftmaxOutput(
        "decoder.output", slice: $0, inputSize: shape.hiddenSize, to: &layout)
    }
    if part.hasEmbeddings {
      embeddings = PerSide(
        encoder: Embedding(
          "encoder.embedding", vocabularySize: shape.sourceVocabularySize,
          size: shape.embeddingSize, to: &layout),
        decoder: Embedding(
          "decoder.embedding", vocabularySize: shape.targetVocabularySize,
          size: shape.embeddingSize, to: &layout))
    } else {
      embeddings = nil
    }
    if part.hasOutputAlone, let output { layout.markLocal(from: output.weight) }
    self.layout = layout
  }

  /// The dense parameters that other replicas have too, in the order in which the backward pass
  /// completes their gradients.
  var gradientBuckets: [Range<Int>] {
    (part.hasOutputAlone ? [] : [output].compactMap { $0?.range })
      + decoder.layers.reversed().map(\.range) + encoder.layers.reversed().map(\.range)
  }

  /// What the forward pass leaves for the backward pass.
  final class Cache {
    let lstm: PerSide<StackedLSTM.Cache>
    /// The gradient of the top layer's output, `[N, H]`, filled from above.
    fileprivate(set) var outputGradient = PerSide<Matrix>(encoder: .empty, decoder: .empty)
    /// What comes from the stage below, `[N, H]`, and its gradient; nil where symbols are read.
    fileprivate var input = PerSide<Matrix?>(encoder: nil, decoder: nil)
    fileprivate var inputGradient = PerSide<Matrix?>(encoder: nil, decoder: nil)
    fileprivate let symbols: PerSide<EmbeddedSymbols>?
    fileprivate let handOvers: [LSTMStateStorage]
    private let storages = (0..<6).map { _ in FloatStorage() }

    /// - Parameter poll: called every now and then while layers compute.
    init(for model: EncoderDecoder, poll: @escaping () -> Void = {}) {
      // The encoder's pass is over before the decoder's begins, and the other way round.
      let packed = StackedLSTM.PackedWeights(
        layerCount: model.encoder.layers.count, poll: poll)
      lstm = PerSide(
        encoder: StackedLSTM.Cache(packed: packed), decoder: StackedLSTM.Cache(packed: packed))
      handOvers = model.encoder.layers.map { _ in LSTMStateStorage() }
      symbols = model.embeddings.map {
        PerSide(encoder: EmbeddedSymbols($0.encoder), decoder: EmbeddedSymbols($0.decoder))
      }
    }

    /// Lays out the memory of one batch.
    fileprivate func reserve(_ packings: PerSide<Packing>, hiddenSize: Int) {
      func both(_ index: Int) -> PerSide<Matrix> {
        PerSide(
          encoder: storages[index].matrix(rows: packings.encoder.rowCount, columns: hiddenSize),
          decoder: storages[index + 1].matrix(
            rows: packings.decoder.rowCount, columns: hiddenSize))
      }
      outputGradient = both(0)
      guard symbols == nil else { return }
      let (inputs, gradients) = (both(2), both(4))
      input = PerSide(encoder: inputs.encoder, decoder: inputs.decoder)
      inputGradient = PerSide(encoder: gradients.encoder, decoder: gradients.decoder)
    }
  }

  private func lstm(_ side: Side) -> StackedLSTM { side == .encoder ? encoder : decoder }

  private func symbols(_ side: Side, of batch: LocalBatch) -> PackedSymbols {
    side == .encoder ? batch.source : batch.targetInput
  }

  /// Reads the source and runs the decoder over the target: fills `cache.lstm.decoder.output`.
  ///
  /// - Parameter isTraining: whether a backward pass will follow.
  func forward(
    _ batch: LocalBatch, parameters: Parameters, cache: Cache, links: any StageLinks,
    isTraining: Bool
  ) throws {
    let packings = PerSide(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    cache.reserve(packings, hiddenSize: shape.hiddenSize)
    let isTop = part.layers.upperBound == shape.layerCount
    try links.begin(
      input: cache.input,
      // Nothing above the top layer reads the encoder's output.
      outputGradient: PerSide(
        encoder: isTraining && !isTop ? cache.outputGradient.encoder : nil,
        decoder: isTraining ? cache.outputGradient.decoder : nil),
      packings: packings)
    try forward(
      .encoder, batch, from: nil, parameters: parameters, cache: cache, links: links)
    try forward(
      .decoder, batch, from: handOver(batch, cache: cache), parameters: parameters, cache: cache,
      links: links)
  }

  private func forward(
    _ side: Side, _ batch: LocalBatch, from initial: [LSTMState]?, parameters: Parameters,
    cache: Cache, links: any StageLinks
  ) throws {
    let symbols = symbols(side, of: batch)
    let packing = symbols.packing
    let input = cache.symbols.map { LayerInput.symbols($0[side]) }
    cache.symbols?[side].begin(symbols.symbols)
    lstm(side).begin(
      input ?? .vectors(cache.input[side] ?? .empty), packing: packing, from: initial,
      parameters: parameters, cache: cache.lstm[side])
    for (chunk, steps) in links.chunks(of: packing).enumerated() {
      let rows = packing.rows(steps)
      try links.awaitInput(side, chunk: chunk)
      lstm(side).forward(steps: steps, parameters: parameters, cache: cache.lstm[side])
      try links.passOutput(side, chunk: chunk, rows: cache.lstm[side].output[rows: rows])
    }
  }

  /// The encoder's final states in the order of the decoder, which packs the sentences by their
  /// targets' lengths.
  private func handOver(_ batch: LocalBatch, cache: Cache) -> [LSTMState] {
    cache.lstm.encoder.finalStates.enumerated().map { index, final in
      let state = cache.handOvers[index].state(rows: batch.sentenceCount, size: shape.hiddenSize)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(sequence, from: final, row: origin)
      }
      return state
    }
  }

  /// Back over the handOver: the decoder's initial states were the encoder's final ones.
  private func handBack(_ batch: LocalBatch, cache: Cache) -> [LSTMState] {
    cache.lstm.decoder.initialGradients.enumerated().map { index, gradient in
      let state = cache.handOvers[index].state(rows: batch.sentenceCount, size: shape.hiddenSize)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(origin, from: gradient, row: sequence)
      }
      return state
    }
  }

  /// The gradients below the output layer, after a forward pass for training and with
  /// `cache.outputGradient` filled or awaited; `observer` is told of what is complete.
  func backward(
    _ batch: LocalBatch, parameters: Parameters, gradients: Gradients, cache: Cache,
    links: any StageLinks, observer: any BackwardObserver
  ) throws {
    func addWeightGradients(_ side: Side, layer: Int) throws {
      lstm(side).addWeightGradients(
        ofLayer: layer, parameters: parameters, gradients: gradients, cache: cache.lstm[side])
      try observer.didComplete(lstm(side).layers[layer].range)
    }
    // Sums over replicas want them early; other stages would wait for what comes after them.
    let addAtOnce = links.isAlone ? addWeightGradients : { _, _ in }
    try backward(
      .decoder, batch, from: nil, parameters: parameters, cache: cache, links: links,
      didFinish: addAtOnce)
    try backward(
      .encoder, batch, from: handBack(batch, cache: cache), parameters: parameters,
      cache: cache, links: links, didFinish: addAtOnce)
    guard !links.isAlone else { return }
    for side in [Side.decoder, .encoder] {
      for layer in lstm(side).layers.indices.reversed() {
        try addWeightGradients(side, layer: layer)
      }
    }
  }

  private func backward(
    _ side: Side, _ batch: LocalBatch, from finalGradients: [LSTMState]?, parameters: Parameters,
    cache: Cache, links: any StageLinks, didFinish: (Side, Int) throws -> Void
  ) throws {
    let packing = symbols(side, of: batch).packing
    let isUnread = side == .encoder && part.layers.upperBound == shape.layerCount
    lstm(side).beginBackward(
      from: finalGradients, parameters: parameters, cache: cache.lstm[side])
    for (chunk, steps) in links.chunks(of: packing).enumerated().reversed() {
      if !isUnread { try links.awaitOutputGradient(side, chunk: chunk) }
      try lstm(side).backward(
        steps: steps, outputGradient: isUnread ? nil : cache.outputGradient[side],
        inputGradient: cache.inputGradient[side], parameters: parameters, cache: cache.lstm[side]
      ) { try didFinish(side, $0) }
      if let gradient = cache.inputGradient[side] {
        try links.passInputGradient(
          side, chunk: chunk, rows: gradient[rows: packing.rows(steps)])
      }
    }
  }
}
