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
  let embeddings: PerFlow<Embedding>?

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
      embeddings = PerFlow(
        encoder: Embedding(
          "encoder.embedding", vocabularySize: shape.sourceVocabularySize,
          size: shape.embeddingSize, to: &layout),
        decoder: Embedding(
          "decoder.embedding", vocabularySize: shape.targetVocabularySize,
          size: shape.embeddingSize, to: &layout))
    } else {
      embeddings = nil
    }
    if part.hasOutputAlone, let output { layout.markSole(from: output.weight) }
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
    let lstm: PerFlow<StackedLSTM.Cache>
    /// The gradient of the top layer's output, `[N, H]`, filled from above.
    fileprivate(set) var outputGradient = PerFlow<Matrix>(encoder: .empty, decoder: .empty)
    /// What comes from the stage below, `[N, H]`, and its gradient; nil where symbols are read.
    fileprivate var input = PerFlow<Matrix?>(encoder: nil, decoder: nil)
    fileprivate var inputGradient = PerFlow<Matrix?>(encoder: nil, decoder: nil)
    fileprivate let symbols: PerFlow<EmbeddedSymbols>?
    fileprivate let bridges: [LSTMStateStorage]
    private let storages = (0..<6).map { _ in FloatStorage() }

    /// - Parameter pause: called every now and then while layers compute.
    init(for model: EncoderDecoder, pause: @escaping () -> Void = {}) {
      // The encoder's pass is over before the decoder's begins, and the other way round.
      let packed = StackedLSTM.PackedWeights(
        layerCount: model.encoder.layers.count, pause: pause)
      lstm = PerFlow(
        encoder: StackedLSTM.Cache(packed: packed), decoder: StackedLSTM.Cache(packed: packed))
      bridges = model.encoder.layers.map { _ in LSTMStateStorage() }
      symbols = model.embeddings.map {
        PerFlow(encoder: EmbeddedSymbols($0.encoder), decoder: EmbeddedSymbols($0.decoder))
      }
    }

    /// Lays out the memory of one batch.
    fileprivate func reserve(_ packings: PerFlow<Packing>, hiddenSize: Int) {
      func both(_ index: Int) -> PerFlow<Matrix> {
        PerFlow(
          encoder: storages[index].matrix(rows: packings.encoder.rowCount, columns: hiddenSize),
          decoder: storages[index + 1].matrix(
            rows: packings.decoder.rowCount, columns: hiddenSize))
      }
      outputGradient = both(0)
      guard symbols == nil else { return }
      let (inputs, gradients) = (both(2), both(4))
      input = PerFlow(encoder: inputs.encoder, decoder: inputs.decoder)
      inputGradient = PerFlow(encoder: gradients.encoder, decoder: gradients.decoder)
    }
  }

  private func lstm(_ flow: Flow) -> StackedLSTM { flow == .encoder ? encoder : decoder }

  private func symbols(_ flow: Flow, of batch: Minibatch) -> PackedSymbols {
    flow == .encoder ? batch.source : batch.targetInput
  }

  /// Reads the source and runs the decoder over the target: fills `cache.lstm.decoder.output`.
  ///
  /// - Parameter isTraining: whether a backward pass will follow.
  func forward(
    _ batch: Minibatch, parameters: Parameters, cache: Cache, neighbours: any StageNeighbours,
    isTraining: Bool
  ) throws {
    let packings = PerFlow(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    cache.reserve(packings, hiddenSize: shape.hiddenSize)
    let isTop = part.layers.upperBound == shape.layerCount
    try neighbours.begin(
      input: cache.input,
      // Nothing above the top layer reads the encoder's output.
      outputGradient: PerFlow(
        encoder: isTraining && !isTop ? cache.outputGradient.encoder : nil,
        decoder: isTraining ? cache.outputGradient.decoder : nil),
      packings: packings)
    try forward(
      .encoder, batch, from: nil, parameters: parameters, cache: cache, neighbours: neighbours)
    try forward(
      .decoder, batch, from: bridge(batch, cache: cache), parameters: parameters, cache: cache,
      neighbours: neighbours)
  }

  private func forward(
    _ flow: Flow, _ batch: Minibatch, from initial: [LSTMState]?, parameters: Parameters,
    cache: Cache, neighbours: any StageNeighbours
  ) throws {
    let symbols = symbols(flow, of: batch)
    let packing = symbols.packing
    let input = cache.symbols.map { LayerInput.symbols($0[flow]) }
    cache.symbols?[flow].begin(symbols.symbols)
    lstm(flow).begin(
      input ?? .vectors(cache.input[flow] ?? .empty), packing: packing, from: initial,
      parameters: parameters, cache: cache.lstm[flow])
    for (chunk, steps) in neighbours.chunks(of: packing).enumerated() {
      let rows = packing.rows(steps)
      try neighbours.awaitInput(flow, chunk: chunk)
      lstm(flow).forward(steps: steps, parameters: parameters, cache: cache.lstm[flow])
      try neighbours.passOutput(flow, chunk: chunk, rows: cache.lstm[flow].output[rows: rows])
    }
  }

  /// The encoder's final states in the order of the decoder, which packs the sentences by their
  /// targets' lengths.
  private func bridge(_ batch: Minibatch, cache: Cache) -> [LSTMState] {
    cache.lstm.encoder.finalStates.enumerated().map { index, final in
      let state = cache.bridges[index].state(rows: batch.sentenceCount, size: shape.hiddenSize)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(sequence, from: final, row: origin)
      }
      return state
    }
  }

  /// Back over the bridge: the decoder's initial states were the encoder's final ones.
  private func bridgeBack(_ batch: Minibatch, cache: Cache) -> [LSTMState] {
    cache.lstm.decoder.initialGradients.enumerated().map { index, gradient in
      let state = cache.bridges[index].state(rows: batch.sentenceCount, size: shape.hiddenSize)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(origin, from: gradient, row: sequence)
      }
      return state
    }
  }

  /// The gradients below the output layer, after a forward pass for training and with
  /// `cache.outputGradient` filled or awaited; `observer` is told of what is complete.
  func backward(
    _ batch: Minibatch, parameters: Parameters, gradients: Gradients, cache: Cache,
    neighbours: any StageNeighbours, observer: any BackwardObserver
  ) throws {
    func addWeightGradients(_ flow: Flow, layer: Int) throws {
      lstm(flow).addWeightGradients(
        ofLayer: layer, parameters: parameters, gradients: gradients, cache: cache.lstm[flow])
      try observer.didComplete(lstm(flow).layers[layer].range)
    }
    // Sums over replicas want them early; other stages would wait for what comes after them.
    let addAtOnce = neighbours.isAlone ? addWeightGradients : { _, _ in }
    try backward(
      .decoder, batch, from: nil, parameters: parameters, cache: cache, neighbours: neighbours,
      didFinish: addAtOnce)
    try backward(
      .encoder, batch, from: bridgeBack(batch, cache: cache), parameters: parameters,
      cache: cache, neighbours: neighbours, didFinish: addAtOnce)
    guard !neighbours.isAlone else { return }
    for flow in [Flow.decoder, .encoder] {
      for layer in lstm(flow).layers.indices.reversed() {
        try addWeightGradients(flow, layer: layer)
      }
    }
  }

  private func backward(
    _ flow: Flow, _ batch: Minibatch, from finalGradients: [LSTMState]?, parameters: Parameters,
    cache: Cache, neighbours: any StageNeighbours, didFinish: (Flow, Int) throws -> Void
  ) throws {
    let packing = symbols(flow, of: batch).packing
    let isUnread = flow == .encoder && part.layers.upperBound == shape.layerCount
    lstm(flow).beginBackward(
      from: finalGradients, parameters: parameters, cache: cache.lstm[flow])
    for (chunk, steps) in neighbours.chunks(of: packing).enumerated().reversed() {
      if !isUnread { try neighbours.awaitOutputGradient(flow, chunk: chunk) }
      try lstm(flow).backward(
        steps: steps, outputGradient: isUnread ? nil : cache.outputGradient[flow],
        inputGradient: cache.inputGradient[flow], parameters: parameters, cache: cache.lstm[flow]
      ) { try didFinish(flow, $0) }
      if let gradient = cache.inputGradient[flow] {
        try neighbours.passInputGradient(
          flow, chunk: chunk, rows: gradient[rows: packing.rows(steps)])
      }
    }
  }
}
