// Forward and backward, side by side.
extension EncoderDecoder {
  /// Reads the source and runs the decoder over the target.
  func forward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws -> TopRows? {
    let packings = PerSide(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    let passes = cache.passes(over: packings, of: self)
    let isTraining = context.gradients != nil
    try context.links.begin(
      input: PerSide(encoder: passes.encoder.input, decoder: passes.decoder.input),
      // Nothing arrives from above the top layers but what the output layer's is.
      outputGradient: PerSide(
        encoder: isTraining && !hasTop ? passes.encoder.outputGradient : nil,
        decoder: isTraining ? passes.decoder.outputGradient : nil),
      packings: packings)
    passes.encoder.begin(batch.source, numbers: batch.sourceNumbers, from: nil, in: context)
    try passes.encoder.forward(packings.encoder, in: context)
    let states = handOver(batch, cache: cache)
    passes.decoder.begin(
      batch.targetInput, numbers: batch.targetNumbers, from: states, peek: cache.peek, in: context)
    if let top = cache.top { begin(top, batch, in: context, cache: cache) }
    try passes.decoder.forward(packings.decoder, in: context)
    return cache.top?.rows
  }

  /// Computes the states of encoder and decoder alone, in the stacks of the cache, of a whole model.
  func forwardStates(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws {
    let packings = PerSide(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    var passes = cache.passes(over: packings, of: self)
    passes.decoder.top = nil
    passes.encoder.begin(batch.source, numbers: batch.sourceNumbers, from: nil, in: context)
    try passes.encoder.forward(packings.encoder, in: context)
    passes.decoder.begin(
      batch.targetInput, numbers: batch.targetNumbers, from: handOver(batch, cache: cache),
      peek: cache.peek, in: context)
    try passes.decoder.forward(packings.decoder, in: context)
  }

  /// Prepares what the output layer reads: the encoder has read all.
  private func begin(
    _ top: DecoderTop, _ batch: LocalBatch, in context: PassContext, cache: Cache
  ) {
    let packing = batch.targetInput.packing
    top.attention?.begin(
      encoder: (cache.stacks.encoder.output, batch.source.packing), decoder: packing,
      encoderSequence: batch.encoderSequence)
    top.begin(
      cache.stacks.decoder.output, peek: cache.peek,
      mask: context.dropout?.mask("decoder.output", packing, numbers: batch.targetNumbers))
  }

  /// The encoder's final states in the order of the decoder, which packs the sentences by their
  /// targets' lengths.
  private func handOver(_ batch: LocalBatch, cache: Cache) -> [RecurrentState] {
    let states = cache.stacks.encoder.finalStates.enumerated().map { index, final in
      let state = cache.handOvers[index].state(rows: batch.sentenceCount, of: shape.encoder)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(sequence, from: final, row: origin)
      }
      if shape.handOver == .hidden { state.cell.clear() }
      return state
    }
    if let peek = cache.peek, let top = states.last {
      peek.begin(top.hidden, packing: batch.targetInput.packing)
    }
    return states
  }

  /// The hand-over's way back: the decoder's initial states were the encoder's final ones.
  private func handBack(_ batch: LocalBatch, cache: Cache) -> [RecurrentState] {
    let initial = cache.stacks.decoder.initialGradients
    if let peek = cache.peek, let top = initial.last { top.hidden.add(peek.gradient) }
    return initial.enumerated().map { index, gradient in
      let state = cache.handOvers[index].state(rows: batch.sentenceCount, of: shape.encoder)
      for (sequence, origin) in batch.encoderSequence.enumerated() {
        state.copy(origin, from: gradient, row: sequence)
      }
      if shape.handOver == .hidden { state.cell.clear() }
      return state
    }
  }

  func backward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws {
    guard let gradients = context.gradients else { preconditionFailure("a pass for training") }
    let packings = PerSide(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    let passes = cache.passes(over: packings, of: self)
    let attention = cache.top?.attention
    attention?.beginBackward()
    try passes.decoder.backward(packings.decoder, from: nil, in: context)
    cache.bottoms?.decoder.addGradients(parameters: context.parameters, gradients: gradients)
    if announcesOutput, let output { try context.gradientsReady(output.range) }
    attention?.encoderStateGradient(into: passes.encoder.outputGradient)
    // Of the encoder's top layer, only attention reads the output.
    try passes.encoder.backward(
      packings.encoder, from: handBack(batch, cache: cache),
      readBy: hasTop ? (attention == nil ? .nothing : .beside) : .above, in: context)
    cache.bottoms?.encoder.addGradients(parameters: context.parameters, gradients: gradients)
    if let selfAttention { try context.gradientsReady(selfAttention.dense.range) }
    for pass in [passes.decoder, passes.encoder] { try pass.finishBackward(in: context) }
  }
}
