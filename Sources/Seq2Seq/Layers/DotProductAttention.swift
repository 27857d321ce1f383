/// Attention of the decoder's top layer to the encoder's (Luong et al. 2015, section 3.1, "dot"): scores of a
/// decoder state are its products with the encoder's states of the same sentence, weights their softmax, and
/// the context is the weighted sum of these states. It has no parameters.
///
/// A class, for it is memory alone.
final class DotProductAttention {
  private let attention: SentenceAttention
  private let storages = (0..<6).map { _ in FloatStorage() }
  private var encoderRows = SentenceRows(Packing(descendingLengths: []))
  private var encoderStates = Matrix.empty
  private var encoderGradient = Matrix.empty
  private var decoderRows = SentenceRows(Packing(descendingLengths: []))
  private var decoderStates = Matrix.empty
  private var decoderGradient = Matrix.empty
  private var contexts = Matrix.empty
  private var contextGradient = Matrix.empty

  /// - Parameter poll: called every now and then while products are computed.
  init(poll: @escaping () -> Void = {}) { attention = SentenceAttention(poll: poll) }

  /// Begins a minibatch: the encoder's states are laid out by sentence, once.
  ///
  /// - Parameters:
  ///   - encoder: the encoder's states, `[Ns, H]`, and their packing.
  ///   - decoder: the packing of the decoder's states.
  ///   - encoderSequence: for each sequence of the decoder, where the encoder has it.
  func begin(
    encoder: (states: Matrix, packing: Packing), decoder: Packing, encoderSequence: [Int]
  ) {
    let size = encoder.states.columns
    encoderRows = SentenceRows(encoder.packing, sequences: encoderSequence)
    decoderRows = SentenceRows(decoder)
    encoderStates = storages[0].matrix(rows: encoderRows.rowCount, columns: size)
    encoderGradient = storages[1].matrix(rows: encoderRows.rowCount, columns: size)
    decoderStates = storages[2].matrix(rows: decoderRows.rowCount, columns: size)
    decoderGradient = storages[3].matrix(rows: decoderRows.rowCount, columns: size)
    contexts = storages[4].matrix(rows: decoderRows.rowCount, columns: size)
    contextGradient = storages[5].matrix(rows: decoderRows.rowCount, columns: size)
    encoderRows.gather(encoder.states, into: encoderStates)
    attention.begin(queries: decoderRows, keys: encoderRows)
  }

  /// Prepares the backward pass.
  func beginBackward() { encoderGradient.clear() }

  /// Computes the contexts of consecutive steps of the decoder.
  ///
  /// - Parameters:
  ///   - steps: the steps.
  ///   - states: the decoder's states, `[Nt, H]`.
  ///   - result: `[Nt, H]`, receives the rows of `steps`.
  func forward(steps: Range<Int>, states: Matrix, into result: Matrix) {
    decoderRows.gather(states, steps: steps, into: decoderStates)
    attention.forward(
      steps: steps,
      .init(queries: decoderStates, keys: encoderStates, values: encoderStates), into: contexts)
    decoderRows.scatter(contexts, steps: steps, into: result)
  }

  /// Goes back through consecutive steps.
  ///
  /// - Parameters:
  ///   - steps: the steps.
  ///   - gradient: of the contexts, `[Nt, H]`.
  ///   - stateGradient: of the decoder's states, `[Nt, H]`: theirs is added.
  func backward(steps: Range<Int>, gradient: Matrix, stateGradient: Matrix) {
    decoderRows.gather(gradient, steps: steps, into: contextGradient)
    attention.backward(
      steps: steps, outputGradient: contextGradient,
      .init(queries: decoderStates, keys: encoderStates, values: encoderStates),
      // A state is a key and a value.
      into: .init(queries: decoderGradient, keys: encoderGradient, values: encoderGradient))
    decoderRows.scatter(adding: decoderGradient, steps: steps, to: stateGradient)
  }

  /// After all steps: the gradient of the encoder's states, `[Ns, H]`, assigned.
  func encoderStateGradient(into result: Matrix) {
    encoderRows.scatter(encoderGradient, into: result)
  }
}
