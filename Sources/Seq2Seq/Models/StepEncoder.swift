/// An `EncoderDecoder`'s encoder with its weights laid out once, for sentences that come a few at a time.
final class StepEncoder {
  /// The model.
  let model: EncoderDecoder
  private let parameters: Parameters
  fileprivate let embedding: Embedding
  private let weights: LayerStack.StepWeights

  /// Lays out the weights of a whole model.
  init(_ model: EncoderDecoder, parameters: Parameters) {
    guard let embeddings = model.embeddings else {
      preconditionFailure("a whole model has embeddings")
    }
    (self.model, self.parameters, embedding) = (model, parameters, embeddings.encoder)
    weights = model.encoder.stepWeights(parameters: parameters)
  }

  /// Memory for one thread.
  final class Scratch {
    fileprivate let step = LayerStack.StepScratch()
    fileprivate let vectors = FloatStorage()
    fileprivate let output = FloatStorage()
    fileprivate let words: EmbeddedSymbols
    fileprivate let selfAttention: SelfAttention.Cache?

    init(for encoder: StepEncoder) {
      words = EmbeddedSymbols(encoder.embedding)
      selfAttention = encoder.model.selfAttention.map { SelfAttention.Cache(for: $0) }
    }
  }

  /// Reads some sentences, given in reading order.
  ///
  /// - Parameters:
  ///   - sources: the sentences.
  ///   - initial: of each layer of the decoder, `[sentences, H]`; receives what it starts from.
  ///   - scratch: memory.
  /// - Returns: what the decoder reads of each sentence at every step.
  func read(
    _ sources: [[Int32]], into initial: [RecurrentState], scratch: Scratch
  ) -> [EncodedSentence] {
    let packed = PackedSymbols(sources)
    let output =
      model.shape.attention == .none
      ? nil
      : scratch.output.matrix(rows: packed.packing.rowCount, columns: model.shape.hiddenSize)
    run(packed, into: initial, output: output, scratch: scratch)
    let memories = output.map {
      AttentionMemory.all($0, packing: packed.packing, sequences: packed.sequences)
    }
    return sources.indices.map { sentence in
      EncodedSentence(
        attended: memories?[sentence],
        peeked: model.shape.peeky ? initial.last?.hidden[rows: sentence..<sentence + 1] : nil)
    }
  }

  /// Reads some sentences for what the decoder starts from alone; see `read`.
  func readStates(_ sources: [[Int32]], into initial: [RecurrentState], scratch: Scratch) {
    run(PackedSymbols(sources), into: initial, output: nil, scratch: scratch)
  }

  /// Runs over packed sentences, from zeros to their last states; those that have ended stay as they are.
  ///
  /// - Parameters:
  ///   - packed: the sentences.
  ///   - initial: receives what the decoder starts from, by sentence.
  ///   - output: receives the top layer's output, `[N, H]`, if it is wanted.
  ///   - scratch: memory.
  private func run(
    _ packed: PackedSymbols, into initial: [RecurrentState], output: Matrix?, scratch: Scratch
  ) {
    let (packing, owner) = (packed.packing, StepStates(of: model.encoder))
    let states = owner.add(packing.sequenceCount)
    for state in states { state.assign(nil) }
    let input = input(of: packed, scratch: scratch)
    for step in 0..<packing.stepCount {
      let rows = packing.rows(step..<step + 1)
      let top = model.encoder.step(
        input, rows: rows, states: states.map { $0[rows: 0..<rows.count] }, weights: weights,
        scratch: scratch.step)
      output?[rows: rows].copy(from: top)
    }
    // The states are views of what their owner has.
    withExtendedLifetime(owner) {
      for (state, final) in zip(initial, states) {
        for (sequence, sentence) in packed.order.enumerated() {
          state.copy(sentence, from: final, row: sequence)
        }
        if model.shape.handOver == .hidden { state.cell.clear() }
      }
    }
  }

  /// What the lowest layer reads.
  private func input(of packed: PackedSymbols, scratch: Scratch) -> LayerInput {
    guard let selfAttention = model.selfAttention, let cache = scratch.selfAttention else {
      scratch.words.begin(packed.symbols)
      return .symbols(scratch.words)
    }
    let vectors = scratch.vectors.matrix(
      rows: packed.packing.rowCount, columns: selfAttention.size)
    selfAttention.forward(
      (packed.symbols, packed.packing), into: vectors, parameters: parameters, cache: cache)
    return .vectors(vectors)
  }
}

/// What a decoder reads of a source sentence at every step.
final class EncodedSentence {
  /// The encoder's states, where the decoder attends to them.
  let attended: AttentionMemory?
  private let peekedStorage = FloatStorage()
  /// The encoder's last state, `[1, H]`, where the decoder peeks at it.
  let peeked: Matrix

  fileprivate init(attended: AttentionMemory?, peeked: Matrix?) {
    self.attended = attended
    self.peeked = peekedStorage.matrix(rows: peeked?.rows ?? 0, columns: peeked?.columns ?? 0)
    if let peeked { self.peeked.copy(from: peeked) }
  }
}
