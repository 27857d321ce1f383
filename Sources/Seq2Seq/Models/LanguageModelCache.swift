extension LanguageModel {
  /// What the forward pass leaves for the backward pass, and for the block after.
  final class Cache {
    private let stack: LayerStack.Cache
    private let bottom: BottomInput?
    private let top: DecoderTop?
    /// The states after the last block that was trained on, and after the last one that was not: a
    /// validation leaves the training's as they were.
    let (trained, evaluated): (CarriedStates, CarriedStates)
    private let storages = (0..<3).map { _ in FloatStorage() }

    /// - Parameter poll: called every now and then while layers compute.
    init(for model: LanguageModel, poll: @escaping () -> Void) {
      stack = LayerStack.Cache(
        packed: LayerStack.PackedWeights(layerCount: model.decoder.layers.count, poll: poll))
      bottom = model.embedding.map { BottomInput($0) }
      top = model.part.hasTop(of: model.plan) ? DecoderTop() : nil
      trained = CarriedStates(of: model.decoder)
      evaluated = CarriedStates(of: model.decoder)
    }

    /// The pass over a minibatch, in memory that is the same whenever it is asked for.
    func pass(over packing: Packing, of model: LanguageModel) -> StackPass {
      let size = model.shape.hiddenSize
      func matrix(_ index: Int) -> Matrix {
        storages[index].matrix(rows: packing.rowCount, columns: size)
      }
      var pass = StackPass(
        side: .decoder, stack: model.decoder, cache: stack, bottom: bottom, top: top,
        outputGradient: top?.reserve(packing, width: size) ?? matrix(0))
      if bottom == nil { (pass.input, pass.inputGradient) = (matrix(1), matrix(2)) }
      return pass
    }
  }
}

/// The states of some sequences between one minibatch and the next: copies, of which no gradient is known.
final class CarriedStates {
  private let shape: StackShape
  private let storages: [RecurrentStateStorage]
  private var sequences: Int?

  init(of stack: LayerStack) {
    shape = stack.shape
    storages = stack.layers.map { _ in RecurrentStateStorage() }
  }

  /// Keeps the state of each layer, of `sequences` sequences.
  func keep(_ states: [RecurrentState], of sequences: Int) {
    self.sequences = sequences
    for (storage, state) in zip(storages, states) {
      storage.state(rows: sequences, of: shape).assign(state)
    }
  }

  /// What was kept last, of as many sequences.
  func kept(_ sequences: Int) -> [RecurrentState] {
    precondition(self.sequences == sequences, "the sequences that go on are those of before")
    return storages.map { $0.state(rows: sequences, of: shape) }
  }
}
