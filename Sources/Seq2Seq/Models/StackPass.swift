/// The way of a minibatch through one stack of a part of a model, and back: what an encoder and a decoder
/// have in common.
struct StackPass {
  /// Which stack it is, for the other stages.
  let side: Side
  let stack: LayerStack
  let cache: LayerStack.Cache
  /// What the lowest layer reads, where the part has the embeddings.
  var bottom: BottomInput?
  /// What the output layer reads, where the part has the top of the stack that it reads.
  var top: DecoderTop?
  /// What comes from the stage below, `[N, H]`, and its gradient; nil where the part has the embeddings.
  var input: Matrix?
  var inputGradient: Matrix?
  /// The gradient of what leaves at the top.
  var outputGradient: Matrix

  /// Prepares to read sequences. What the top reads beside the stack's output begins after this.
  ///
  /// - Parameters:
  ///   - symbols: what is read.
  ///   - numbers: of each sequence, its number in the whole minibatch.
  ///   - initial: the state of each layer, or nil for zeros.
  ///   - peek: what is read before each symbol.
  ///   - context: of the pass.
  func begin(
    _ symbols: PackedSymbols, numbers: [Int], from initial: [RecurrentState]?,
    peek: PeekedState? = nil, in context: PassContext
  ) {
    bottom?.begin(
      symbols, peek: peek, asVectors: context.dropout != nil, parameters: context.parameters)
    stack.begin(
      bottom?.input ?? .vectors(input ?? .empty), packing: symbols.packing, from: initial,
      masks: context.dropout.map { stack.masks($0, symbols.packing, numbers: numbers) },
      parameters: context.parameters, cache: cache)
  }

  /// Reads the sequences, chunk by chunk of time steps.
  func forward(_ packing: Packing, in context: PassContext) throws {
    for (chunk, steps) in context.links.chunks(of: packing).enumerated() {
      try context.links.awaitInput(side, chunk: chunk)
      stack.forward(steps: steps, parameters: context.parameters, cache: cache)
      top?.forward(steps: steps)
      let output = top?.rows.values ?? cache.output
      try context.links.passOutput(side, chunk: chunk, rows: output[rows: packing.rows(steps)])
    }
  }

  /// What becomes of the output of a stack.
  enum Reader {
    /// It is read by the stage above or the output layer: the gradient arrives over the links.
    case above
    /// It is read by another stack of this part, which has left the gradient.
    case beside
    /// Nothing reads it.
    case nothing
  }

  /// Goes back through the sequences.
  ///
  /// - Parameters:
  ///   - packing: how they lie.
  ///   - finalGradients: of each layer's last state, or nil for zeros.
  ///   - reader: what reads the output.
  ///   - context: of the pass.
  func backward(
    _ packing: Packing, from finalGradients: [RecurrentState]?, readBy reader: Reader = .above,
    in context: PassContext
  ) throws {
    let outputGradient = reader == .nothing ? nil : top?.stateGradient ?? outputGradient
    stack.beginBackward(from: finalGradients, parameters: context.parameters, cache: cache)
    for (chunk, steps) in context.links.chunks(of: packing).enumerated().reversed() {
      if reader == .above { try context.links.awaitOutputGradient(side, chunk: chunk) }
      top?.backward(steps: steps)
      try stack.backward(
        steps: steps, gradients: (outputGradient, bottom?.gradient ?? inputGradient),
        parameters: context.parameters, cache: cache
      ) { layer in
        // Who sums them up wants them early; other stages would wait for what comes after them.
        guard context.links.isAlone else { return }
        try addWeightGradients(layer: layer, in: context)
      }
      if let inputGradient {
        try context.links.passInputGradient(
          side, chunk: chunk, rows: inputGradient[rows: packing.rows(steps)])
      }
    }
  }

  /// Adds the gradients of the weights that were put off while other stages waited.
  func finishBackward(in context: PassContext) throws {
    guard !context.links.isAlone else { return }
    for layer in stack.layers.indices.reversed() {
      try addWeightGradients(layer: layer, in: context)
    }
  }

  private func addWeightGradients(layer: Int, in context: PassContext) throws {
    guard let gradients = context.gradients else { preconditionFailure("a pass for training") }
    stack.addWeightGradients(
      ofLayer: layer, parameters: context.parameters, gradients: gradients, cache: cache)
    try context.gradientsReady(stack.layers[layer].range)
  }
}
