/// The decoder of an `EncoderDecoder`, a step at a time.
final class RecurrentDecoder: ModelDecoder {
  fileprivate let model: EncoderDecoder
  fileprivate let parameters: Parameters
  fileprivate let embeddings: PerSide<Embedding>
  fileprivate let output: SoftmaxOutput
  fileprivate let layerWeights: LayerStack.StepWeights
  fileprivate let outputWeight: PackedMatrix

  /// Lays out the weights of a whole model.
  init(_ model: EncoderDecoder, parameters: Parameters) {
    guard let embeddings = model.embeddings, let output = model.output else {
      preconditionFailure("a whole model has embeddings and an output layer")
    }
    (self.model, self.parameters) = (model, parameters)
    (self.embeddings, self.output) = (embeddings, output)
    layerWeights = model.decoder.stepWeights(parameters: parameters)
    outputWeight = PackedMatrix(parameters.matrix(output.weight).transposed)
  }

  func start(_ sources: [[Int32]]) -> any DecoderState { State(self, sources: sources) }

  /// Runs over a changing set of hypotheses.
  private final class State: DecoderState {
    private let decoder: RecurrentDecoder
    private let scratch = LayerStack.StepScratch()
    private let vectors = FloatStorage()
    private let logitStorage = FloatStorage()
    private var states: [(current: RecurrentStateStorage, next: RecurrentStateStorage)]
    private var rows: Int

    private(set) var logits = Matrix.empty

    private var shape: EncoderDecoderShape { decoder.model.shape }

    /// Reads the sources and takes the first step, with `<eos>`: row i is source i.
    init(_ decoder: RecurrentDecoder, sources: [[Int32]]) {
      self.decoder = decoder
      rows = sources.count
      let (encoder, parameters) = (decoder.model.encoder, decoder.parameters)
      states = encoder.layers.map { _ in (RecurrentStateStorage(), RecurrentStateStorage()) }

      let packed = PackedSymbols(sources)
      let symbols = EmbeddedSymbols(decoder.embeddings.encoder)
      symbols.begin(packed.symbols)
      let cache = LayerStack.Cache(packed: .init(layerCount: encoder.layers.count))
      encoder.begin(
        .symbols(symbols), packing: packed.packing, from: nil, parameters: parameters, cache: cache)
      encoder.forward(steps: 0..<packed.packing.stepCount, parameters: parameters, cache: cache)
      // The states are views of what the cache owns.
      withExtendedLifetime(cache) {
        for (layer, final) in cache.finalStates.enumerated() {
          let state = states[layer].current.state(rows: rows, of: shape.stack)
          for (sequence, sentence) in packed.order.enumerated() {
            state.copy(sentence, from: final, row: sequence)
          }
        }
      }
      advance(symbols: [Int32](repeating: Vocabulary.endOfSentence, count: rows))
    }

    func step(from parents: [Int], symbols: [Int32]) {
      for index in states.indices {
        let old = states[index].current.state(rows: rows, of: shape.stack)
        let new = states[index].next.state(rows: parents.count, of: shape.stack)
        for (row, parent) in parents.enumerated() {
          new.copy(row, from: old, row: parent)
        }
        states[index] = (states[index].next, states[index].current)
      }
      rows = parents.count
      advance(symbols: symbols)
    }

    private func advance(symbols: [Int32]) {
      let parameters = decoder.parameters
      let input = vectors.matrix(rows: rows, columns: shape.embeddingSize)
      decoder.embeddings.decoder.forward(symbols[...], into: input, parameters: parameters)
      let top = decoder.model.decoder.step(
        input, states: states.map { $0.current.state(rows: rows, of: shape.stack) },
        weights: decoder.layerWeights, parameters: parameters, scratch: scratch)
      logits = logitStorage.matrix(rows: rows, columns: shape.vocabularies.target)
      decoder.output.logits(
        top, weight: decoder.outputWeight, into: logits, parameters: parameters)
    }
  }
}
