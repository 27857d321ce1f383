/// The decoder of an `EncoderDecoder`, a step at a time.
final class RecurrentDecoder: ModelDecoder {
  fileprivate let model: EncoderDecoder
  fileprivate let parameters: Parameters
  fileprivate let embedding: Embedding
  fileprivate let output: SoftmaxOutput
  fileprivate let layerWeights: LayerStack.StepWeights
  fileprivate let outputWeight: PackedMatrix

  /// Lays out the weights of a whole model.
  init(_ model: EncoderDecoder, parameters: Parameters) {
    guard let embeddings = model.embeddings, let output = model.output else {
      preconditionFailure("a whole model has embeddings and an output layer")
    }
    (self.model, self.parameters) = (model, parameters)
    (embedding, self.output) = (embeddings.decoder, output)
    layerWeights = model.decoder.stepWeights(parameters: parameters)
    outputWeight = PackedMatrix(parameters.matrix(output.weight).transposed)
  }

  func start(_ sources: [[Int32]]) -> any DecoderState { State(self, sources: sources) }

  /// Runs over a changing set of hypotheses.
  private final class State: DecoderState {
    private let decoder: RecurrentDecoder
    private let scratch = LayerStack.StepScratch()
    private let inputStorage = FloatStorage()
    private let outputStorage = FloatStorage()
    private let logitStorage = FloatStorage()
    private let peekStorage = FloatStorage()
    /// The encoder's last state of each source, where the decoder reads it.
    private var peeked = Matrix.empty
    private let states: StepStates
    private let memory: AttentionMemory?
    /// Of each row, which source it translates.
    private var owners: [Int]
    private var rows: Int { owners.count }

    private(set) var logits = Matrix.empty

    private var shape: EncoderDecoderShape { decoder.model.shape }

    /// Reads the sources and takes the first step, with `<eos>`: row i is source i.
    init(_ decoder: RecurrentDecoder, sources: [[Int32]]) {
      self.decoder = decoder
      owners = Array(sources.indices)
      let (model, packed) = (decoder.model, PackedSymbols(sources))
      states = StepStates(of: model.decoder, rows: sources.count)
      var sequences = owners
      for (sequence, sentence) in packed.order.enumerated() { sequences[sentence] = sequence }
      let cache = model.makeCache(poll: {})
      model.encode(packed, parameters: decoder.parameters, cache: cache)
      memory =
        model.shape.attention == .none
        ? nil
        : AttentionMemory(
          cache.stacks.encoder.output, packing: packed.packing, sequences: sequences)
      // The states are views of what the cache owns.
      withExtendedLifetime(cache) {
        takeStates(cache.stacks.encoder.finalStates, sequences: sequences)
      }
      advance(symbols: [Int32](repeating: Vocabulary.endOfSentence, count: rows))
    }

    /// Starts from the encoder's last states, in the order of the sources.
    private func takeStates(_ finals: [RecurrentState], sequences: [Int]) {
      for (layer, final) in finals.enumerated() {
        let state = states.current[layer]
        for (sentence, sequence) in sequences.enumerated() {
          state.copy(sentence, from: final, row: sequence)
        }
        if shape.handOver == .hidden { state.cell.clear() }
        guard shape.peeky, layer == finals.count - 1 else { continue }
        peeked = peekStorage.matrix(rows: rows, columns: shape.hiddenSize)
        peeked.copy(from: state.hidden)
      }
    }

    func step(from parents: [Int], symbols: [Int32]) {
      states.select(parents)
      owners = parents.map { owners[$0] }
      advance(symbols: symbols)
    }

    private func advance(symbols: [Int32]) {
      let parameters = decoder.parameters
      let input = inputStorage.matrix(rows: rows, columns: shape.decoder.inputSize)
      decoder.embedding.forward(
        symbols[...], into: columns(of: input, from: input.columns - shape.embeddingSize),
        parameters: parameters)
      if shape.peeky { copyPeeked(into: input) }
      let state = decoder.model.decoder.step(
        input, states: states.current,
        weights: decoder.layerWeights, parameters: parameters, scratch: scratch)
      logits = logitStorage.matrix(rows: rows, columns: shape.vocabularies.target)
      decoder.output.logits(
        outputInput(state), weight: decoder.outputWeight, into: logits, parameters: parameters)
    }

    /// What the output layer reads beside the state, and the state.
    private func outputInput(_ state: Matrix) -> Matrix {
      let width = shape.outputInputSize
      guard width > state.columns else { return state }
      let input = outputStorage.matrix(rows: rows, columns: width)
      if shape.peeky { copyPeeked(into: input) }
      let first = shape.peeky ? state.columns : 0
      memory?.contexts(
        of: state, owners: owners,
        into: input[rows: 0..<rows, columns: first..<first + state.columns])
      columns(of: input, from: width - state.columns).copy(from: state)
      return input
    }

    private func copyPeeked(into matrix: Matrix) {
      for (row, owner) in owners.enumerated() {
        matrix.row(row).update(from: peeked.row(owner), count: shape.hiddenSize)
      }
    }

    private func columns(of matrix: Matrix, from first: Int) -> Matrix {
      matrix[rows: 0..<matrix.rows, columns: first..<matrix.columns]
    }
  }
}
