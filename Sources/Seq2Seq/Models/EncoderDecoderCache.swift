extension EncoderDecoder {
  /// What the forward pass leaves for the backward pass.
  final class Cache {
    let stacks: PerSide<LayerStack.Cache>
    /// What the lowest layers read, where the part has the embeddings.
    let bottoms: PerSide<BottomInput>?
    /// What the output layer reads, where the part has the top.
    let top: DecoderTop?
    /// The encoder's last state, where the decoder reads it at every step.
    let peek: PeekedState?
    /// The gradient of the top layer's output, `[N, H]`, filled from above; of the decoder's top stage, that of
    /// all that the output layer reads.
    private(set) var outputGradient = PerSide<Matrix>(encoder: .empty, decoder: .empty)
    /// What comes from the stage below, `[N, H]`, and its gradient; nil where the part has embeddings.
    private(set) var input = PerSide<Matrix?>(encoder: nil, decoder: nil)
    private(set) var inputGradient = PerSide<Matrix?>(encoder: nil, decoder: nil)
    /// Of each layer, the encoder's final state in the order of the decoder; and its gradient.
    let handOvers: [RecurrentStateStorage]
    private let storages = (0..<6).map { _ in FloatStorage() }

    /// - Parameter poll: called every now and then while layers compute.
    init(for model: EncoderDecoder, poll: @escaping () -> Void) {
      // The encoder's pass is over before the decoder's begins, and the other way round.
      let packed = LayerStack.PackedWeights(layerCount: model.encoder.layers.count, poll: poll)
      stacks = PerSide(
        encoder: LayerStack.Cache(packed: packed), decoder: LayerStack.Cache(packed: packed))
      handOvers = model.encoder.layers.map { _ in RecurrentStateStorage() }
      bottoms = model.embeddings.map {
        PerSide(
          encoder: BottomInput($0.encoder, selfAttention: model.selfAttention, poll: poll),
          decoder: BottomInput($0.decoder))
      }
      let attends = model.shape.attention != .none
      top =
        model.hasTop
        ? DecoderTop(attention: attends ? DotProductAttention(poll: poll) : nil) : nil
      peek = model.shape.peeky ? PeekedState() : nil
    }

    /// Lays out the memory of one batch.
    func reserve(_ packings: PerSide<Packing>, for model: EncoderDecoder) {
      let size = model.shape.hiddenSize
      func both(_ index: Int) -> PerSide<Matrix> {
        PerSide(
          encoder: storages[index].matrix(rows: packings.encoder.rowCount, columns: size),
          decoder: storages[index + 1].matrix(rows: packings.decoder.rowCount, columns: size))
      }
      outputGradient = both(0)
      if let top {
        outputGradient.decoder = top.reserve(
          packings.decoder, width: model.shape.outputInputSize)
      }
      guard bottoms == nil else { return }
      let (inputs, gradients) = (both(2), both(4))
      input = PerSide(encoder: inputs.encoder, decoder: inputs.decoder)
      inputGradient = PerSide(encoder: gradients.encoder, decoder: gradients.decoder)
    }
  }
}
