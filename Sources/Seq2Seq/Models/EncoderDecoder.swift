/// The model of Sutskever et al. (2014), section 2: a deep recurrent network reads the source sentence,
/// and from its final state a second one writes the target; or a part of it.
///
/// A part owns the same layers of encoder and decoder, so that final states never travel. In training the
/// decoder reads the words that it should have said (teacher forcing).
struct EncoderDecoder: Model {
  /// The sizes of the whole model.
  let shape: EncoderDecoderShape
  let plan: ModelPlan
  let part: ModelPart
  let layout: ParameterLayout
  /// Reads the source.
  let encoder: LayerStack
  /// Writes the target.
  let decoder: LayerStack
  let output: SoftmaxOutput?
  /// `[Vs, E]` and `[Vt, E]`.
  let embeddings: PerSide<Embedding>?

  /// A model, or a part of one.
  init(_ shape: EncoderDecoderShape, part: ModelPart? = nil) {
    let plan = shape.plan
    let part = part ?? .whole(plan)
    (self.shape, self.plan, self.part) = (shape, plan, part)
    var layout = ParameterLayout()
    encoder = LayerStack("encoder", layers: part.layers, of: shape.stack, to: &layout)
    decoder = LayerStack("decoder", layers: part.layers, of: shape.stack, to: &layout)
    output = part.vocabulary.map {
      SoftmaxOutput("decoder.output", slice: $0, inputSize: plan.outputInputSize, to: &layout)
    }
    if part.hasEmbeddings {
      embeddings = PerSide(
        encoder: Embedding(
          "encoder.embedding", vocabularySize: shape.vocabularies.source,
          size: shape.embeddingSize, to: &layout),
        decoder: Embedding(
          "decoder.embedding", vocabularySize: shape.vocabularies.target,
          size: shape.embeddingSize, to: &layout))
    } else {
      embeddings = nil
    }
    if part.hasLocalOutput, let output { layout.markLocal(from: output.weight) }
    self.layout = layout
  }

  var gradientBuckets: [Range<Int>] {
    (part.hasLocalOutput ? [] : [output].compactMap { $0?.range })
      + decoder.layers.reversed().map(\.range) + encoder.layers.reversed().map(\.range)
  }

  func activationCount(rows: Int) -> Double {
    let layers = Double(shape.stack.cell.activationCount * part.layers.count)
    // Activations and their gradients between layers, and words with their gates.
    return Double(shape.hiddenSize * rows) * (layers + 6)
  }

  var packedWeightCount: Double {
    // Those of the layer that computes: its recurrent ones, and its input's.
    2 * Double(shape.stack.cell.gateCount * shape.hiddenSize * shape.hiddenSize)
  }

  func makeCache(poll: @escaping () -> Void) -> Cache { Cache(for: self, poll: poll) }

  func makeDecoder(_ parameters: Parameters) -> any ModelDecoder {
    RecurrentDecoder(self, parameters: parameters)
  }

  private var hasTop: Bool { part.hasTop(of: plan) }

  private func stack(_ side: Side) -> LayerStack { side == .encoder ? encoder : decoder }

  private func symbols(_ side: Side, of batch: LocalBatch) -> PackedSymbols {
    side == .encoder ? batch.source : batch.targetInput
  }

  /// Reads the source and runs the decoder over the target.
  func forward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws -> TopRows? {
    let packings = PerSide(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    cache.reserve(packings, hiddenSize: shape.hiddenSize)
    let (isTraining, isTop) = (context.gradients != nil, hasTop)
    try context.links.begin(
      input: cache.input,
      // Nothing above the top layer reads the encoder's output.
      outputGradient: PerSide(
        encoder: isTraining && !isTop ? cache.outputGradient.encoder : nil,
        decoder: isTraining ? cache.outputGradient.decoder : nil),
      packings: packings)
    try forward(.encoder, batch, from: nil, in: context, cache: cache)
    try forward(.decoder, batch, from: handOver(batch, cache: cache), in: context, cache: cache)
    guard isTop else { return nil }
    return TopRows(values: cache.stacks.decoder.output, gradient: cache.outputGradient.decoder)
  }

  private func forward(
    _ side: Side, _ batch: LocalBatch, from initial: [RecurrentState]?, in context: PassContext,
    cache: Cache
  ) throws {
    let symbols = symbols(side, of: batch)
    let (packing, stackCache) = (symbols.packing, cache.stacks[side])
    let input = cache.symbols.map { LayerInput.symbols($0[side]) }
    cache.symbols?[side].begin(symbols.symbols)
    stack(side).begin(
      input ?? .vectors(cache.input[side] ?? .empty), packing: packing, from: initial,
      parameters: context.parameters, cache: stackCache)
    for (chunk, steps) in context.links.chunks(of: packing).enumerated() {
      try context.links.awaitInput(side, chunk: chunk)
      stack(side).forward(steps: steps, parameters: context.parameters, cache: stackCache)
      try context.links.passOutput(
        side, chunk: chunk, rows: stackCache.output[rows: packing.rows(steps)])
    }
  }

  /// The encoder's final states in the order of the decoder, which packs the sentences by their
  /// targets' lengths.
  private func handOver(_ batch: LocalBatch, cache: Cache) -> [RecurrentState] {
    cache.stacks.encoder.finalStates.enumerated().map { index, final in
      let state = cache.handOvers[index].state(rows: batch.sentenceCount, of: shape.stack)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(sequence, from: final, row: origin)
      }
      return state
    }
  }

  /// The hand-over's way back: the decoder's initial states were the encoder's final ones.
  private func handBack(_ batch: LocalBatch, cache: Cache) -> [RecurrentState] {
    cache.stacks.decoder.initialGradients.enumerated().map { index, gradient in
      let state = cache.handOvers[index].state(rows: batch.sentenceCount, of: shape.stack)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(origin, from: gradient, row: sequence)
      }
      return state
    }
  }

  func backward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws {
    try backward(.decoder, batch, from: nil, in: context, cache: cache)
    try backward(.encoder, batch, from: handBack(batch, cache: cache), in: context, cache: cache)
    guard !context.links.isAlone else { return }
    for side in [Side.decoder, .encoder] {
      for layer in stack(side).layers.indices.reversed() {
        try addWeightGradients(side, layer: layer, in: context, cache: cache)
      }
    }
  }

  private func backward(
    _ side: Side, _ batch: LocalBatch, from finalGradients: [RecurrentState]?,
    in context: PassContext, cache: Cache
  ) throws {
    let packing = symbols(side, of: batch).packing
    let isUnread = side == .encoder && hasTop
    stack(side).beginBackward(
      from: finalGradients, parameters: context.parameters, cache: cache.stacks[side])
    for (chunk, steps) in context.links.chunks(of: packing).enumerated().reversed() {
      if !isUnread { try context.links.awaitOutputGradient(side, chunk: chunk) }
      let output = isUnread ? nil : cache.outputGradient[side]
      try stack(side).backward(
        steps: steps, gradients: (output, cache.inputGradient[side]),
        parameters: context.parameters, cache: cache.stacks[side]
      ) { layer in
        // Who sums them up wants them early; other stages would wait for what comes after them.
        guard context.links.isAlone else { return }
        try addWeightGradients(side, layer: layer, in: context, cache: cache)
      }
      if let gradient = cache.inputGradient[side] {
        try context.links.passInputGradient(
          side, chunk: chunk, rows: gradient[rows: packing.rows(steps)])
      }
    }
  }

  private func addWeightGradients(
    _ side: Side, layer: Int, in context: PassContext, cache: Cache
  ) throws {
    guard let gradients = context.gradients else { preconditionFailure("a pass for training") }
    stack(side).addWeightGradients(
      ofLayer: layer, parameters: context.parameters, gradients: gradients,
      cache: cache.stacks[side])
    try context.gradientsReady(stack(side).layers[layer].range)
  }
}
