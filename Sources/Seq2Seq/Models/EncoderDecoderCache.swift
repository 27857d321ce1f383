extension EncoderDecoder {
  /// What the forward pass leaves for the backward pass.
  final class Cache {
    let stacks: PerSide<LayerStack.Cache>
    /// The gradient of the top layer's output, `[N, H]`, filled from above.
    private(set) var outputGradient = PerSide<Matrix>(encoder: .empty, decoder: .empty)
    /// What comes from the stage below, `[N, H]`, and its gradient; nil where symbols are read.
    private(set) var input = PerSide<Matrix?>(encoder: nil, decoder: nil)
    private(set) var inputGradient = PerSide<Matrix?>(encoder: nil, decoder: nil)
    let symbols: PerSide<EmbeddedSymbols>?
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
      symbols = model.embeddings.map {
        PerSide(encoder: EmbeddedSymbols($0.encoder), decoder: EmbeddedSymbols($0.decoder))
      }
    }

    /// Lays out the memory of one batch.
    func reserve(_ packings: PerSide<Packing>, hiddenSize: Int) {
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
}
