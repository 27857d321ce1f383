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

    /// The passes over a minibatch, in memory that is the same whenever they are asked for.
    func passes(over packings: PerSide<Packing>, of model: EncoderDecoder) -> PerSide<StackPass> {
      let size = model.shape.hiddenSize
      func pass(_ side: Side, top: DecoderTop?) -> StackPass {
        let packing = packings[side]
        func matrix(_ index: Int) -> Matrix {
          storages[2 * index + side.rawValue].matrix(rows: packing.rowCount, columns: size)
        }
        var pass = StackPass(
          side: side, stack: model.stack(side), cache: stacks[side], bottom: bottoms?[side],
          top: top,
          outputGradient: top?.reserve(packing, width: model.shape.outputInputSize) ?? matrix(0))
        if bottoms == nil { (pass.input, pass.inputGradient) = (matrix(1), matrix(2)) }
        return pass
      }
      return PerSide(encoder: pass(.encoder, top: nil), decoder: pass(.decoder, top: top))
    }
  }
}
