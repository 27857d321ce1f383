// Forward and backward, side by side.
extension EncoderDecoder {
  /// Reads the source and runs the decoder over the target.
  func forward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws -> TopRows? {
    let packings = PerSide(encoder: batch.source.packing, decoder: batch.targetInput.packing)
    cache.reserve(packings, for: self)
    let isTraining = context.gradients != nil
    try context.links.begin(
      input: cache.input,
      // Nothing arrives from above the top layers but what the output layer's is.
      outputGradient: PerSide(
        encoder: isTraining && !hasTop ? cache.outputGradient.encoder : nil,
        decoder: isTraining ? cache.outputGradient.decoder : nil),
      packings: packings)
    try forward(.encoder, batch, from: nil, in: context, cache: cache)
    let states = handOver(batch, cache: cache)
    try forward(.decoder, batch, from: states, in: context, cache: cache)
    return cache.top?.rows
  }

  /// Reads sources alone, for a decoder that goes on a step at a time.
  func encode(_ source: PackedSymbols, parameters: Parameters, cache: Cache) {
    cache.bottoms?.encoder.begin(source, asVectors: false, parameters: parameters)
    encoder.begin(
      cache.bottoms?.encoder.input ?? .vectors(.empty), packing: source.packing, from: nil,
      parameters: parameters, cache: cache.stacks.encoder)
    encoder.forward(
      steps: 0..<source.packing.stepCount, parameters: parameters, cache: cache.stacks.encoder)
  }

  private func forward(
    _ side: Side, _ batch: LocalBatch, from initial: [RecurrentState]?, in context: PassContext,
    cache: Cache
  ) throws {
    let symbols = symbols(side, of: batch)
    let (packing, stackCache) = (symbols.packing, cache.stacks[side])
    let bottom = cache.bottoms?[side]
    bottom?.begin(
      symbols, peek: side == .decoder ? cache.peek : nil, asVectors: context.dropout != nil,
      parameters: context.parameters)
    let numbers = side == .encoder ? batch.sourceNumbers : batch.targetNumbers
    stack(side).begin(
      bottom?.input ?? .vectors(cache.input[side] ?? .empty), packing: packing, from: initial,
      masks: context.dropout.map { stack(side).masks($0, packing, numbers: numbers) },
      parameters: context.parameters, cache: stackCache)
    let top = side == .decoder ? cache.top : nil
    if let top { begin(top, batch, in: context, cache: cache) }
    for (chunk, steps) in context.links.chunks(of: packing).enumerated() {
      try context.links.awaitInput(side, chunk: chunk)
      stack(side).forward(steps: steps, parameters: context.parameters, cache: stackCache)
      top?.forward(steps: steps)
      let output = top?.rows.values ?? stackCache.output
      try context.links.passOutput(side, chunk: chunk, rows: output[rows: packing.rows(steps)])
    }
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

  private func symbols(_ side: Side, of batch: LocalBatch) -> PackedSymbols {
    side == .encoder ? batch.source : batch.targetInput
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
    cache.top?.attention?.beginBackward()
    try backward(.decoder, batch, from: nil, in: context, cache: cache)
    cache.bottoms?.decoder.addGradients(parameters: context.parameters, gradients: gradients)
    if announcesOutput, let output { try context.gradientsReady(output.range) }
    cache.top?.attention?.encoderStateGradient(into: cache.outputGradient.encoder)
    try backward(.encoder, batch, from: handBack(batch, cache: cache), in: context, cache: cache)
    cache.bottoms?.encoder.addGradients(parameters: context.parameters, gradients: gradients)
    if let selfAttention { try context.gradientsReady(selfAttention.dense.range) }
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
    // Of the encoder's top layer, only attention reads the output.
    let isEncoderTop = side == .encoder && hasTop
    let isUnread = isEncoderTop && cache.top?.attention == nil
    let top = side == .decoder ? cache.top : nil
    let outputGradient = top?.stateGradient ?? cache.outputGradient[side]
    let inputGradient = cache.bottoms?[side].gradient ?? cache.inputGradient[side]
    stack(side).beginBackward(
      from: finalGradients, parameters: context.parameters, cache: cache.stacks[side])
    for (chunk, steps) in context.links.chunks(of: packing).enumerated().reversed() {
      if !isEncoderTop { try context.links.awaitOutputGradient(side, chunk: chunk) }
      top?.backward(steps: steps)
      try stack(side).backward(
        steps: steps, gradients: (isUnread ? nil : outputGradient, inputGradient),
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
