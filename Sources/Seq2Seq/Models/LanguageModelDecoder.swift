/// A `LanguageModel`, a step at a time.
final class LanguageModelDecoder: ModelDecoder {
  private let model: LanguageModel
  private let parameters: Parameters
  private let embedding: Embedding
  private let output: SoftmaxOutput
  private let layerWeights: LayerStack.StepWeights
  private let outputWeight: PackedMatrix

  /// Lays out the weights of a whole model.
  init(_ model: LanguageModel, parameters: Parameters) {
    guard let embedding = model.embedding, let output = model.output else {
      preconditionFailure("a whole model has embeddings and an output layer")
    }
    (self.model, self.parameters) = (model, parameters)
    (self.embedding, self.output) = (embedding, output)
    layerWeights = model.decoder.stepWeights(parameters: parameters)
    outputWeight = PackedMatrix(parameters.matrix(output.weight).transposed)
  }

  /// Begins as many texts as there are sources, which are empty.
  func start(_ sources: [[Int32]]) -> any DecoderState {
    precondition(sources.allSatisfy(\.isEmpty), "a language model has no source")
    return State(self, rows: sources.count)
  }

  /// Runs over a changing set of texts.
  private final class State: DecoderState {
    private let decoder: LanguageModelDecoder
    private let scratch = LayerStack.StepScratch()
    private let vectors = FloatStorage()
    private let logitStorage = FloatStorage()
    private let states: StepStates

    private(set) var logits = Matrix.empty

    /// Takes the first step, with `<eos>`, from the state zero.
    init(_ decoder: LanguageModelDecoder, rows: Int) {
      self.decoder = decoder
      states = StepStates(of: decoder.model.decoder, rows: rows)
      advance(symbols: [Int32](repeating: Vocabulary.endOfSentence, count: rows))
    }

    func step(from parents: [Int], symbols: [Int32]) {
      states.select(parents)
      advance(symbols: symbols)
    }

    private func advance(symbols: [Int32]) {
      let (model, parameters) = (decoder.model, decoder.parameters)
      let input = vectors.matrix(rows: symbols.count, columns: model.shape.embeddingSize)
      decoder.embedding.forward(symbols[...], into: input, parameters: parameters)
      let top = model.decoder.step(
        input, states: states.current, weights: decoder.layerWeights, parameters: parameters,
        scratch: scratch)
      logits = logitStorage.matrix(rows: symbols.count, columns: model.shape.vocabularySize)
      decoder.output.logits(
        top, weight: decoder.outputWeight, into: logits, parameters: parameters)
    }
  }
}
