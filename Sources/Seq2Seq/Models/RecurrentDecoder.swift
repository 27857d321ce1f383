/// The decoder of an `EncoderDecoder`, or a `LanguageModel`, a step at a time.
final class RecurrentDecoder: ModelDecoder {
  /// What there is of a model.
  fileprivate struct Parts {
    let stack: LayerStack
    let embedding: Embedding
    let output: SoftmaxOutput
  }

  fileprivate let parts: Parts
  fileprivate let parameters: Parameters
  fileprivate let encoder: StepEncoder?
  fileprivate let layerWeights: LayerStack.StepWeights
  fileprivate let outputWeight: PackedMatrix

  /// Lays out the weights of a whole model.
  convenience init(_ model: EncoderDecoder, parameters: Parameters) {
    guard let embeddings = model.embeddings, let output = model.output else { Self.isPart() }
    self.init(
      Parts(stack: model.decoder, embedding: embeddings.decoder, output: output),
      encoder: StepEncoder(model, parameters: parameters), parameters: parameters)
  }

  /// Lays out the weights of a whole model; its sources are empty.
  convenience init(_ model: LanguageModel, parameters: Parameters) {
    guard let embedding = model.embedding, let output = model.output else { Self.isPart() }
    self.init(
      Parts(stack: model.decoder, embedding: embedding, output: output), encoder: nil,
      parameters: parameters)
  }

  private init(_ parts: Parts, encoder: StepEncoder?, parameters: Parameters) {
    (self.parts, self.encoder, self.parameters) = (parts, encoder, parameters)
    layerWeights = parts.stack.stepWeights(parameters: parameters)
    outputWeight = PackedMatrix(parameters.matrix(parts.output.weight).transposed)
  }

  private static func isPart() -> Never {
    preconditionFailure("a whole model has embeddings and an output layer")
  }

  func makeState() -> any DecoderState { State(self) }

  /// Runs over a changing set of hypotheses.
  private final class State: DecoderState {
    private let decoder: RecurrentDecoder
    private let scratch = LayerStack.StepScratch()
    private let encoderScratch: StepEncoder.Scratch?
    private let inputStorage = FloatStorage()
    private let outputStorage = FloatStorage()
    private let logitStorage = FloatStorage()
    private let weightStorage = FloatStorage()
    private let words: EmbeddedSymbols
    private let states: StepStates
    /// Of each row, the sentence that it translates, if there is any.
    private var owners: [EncodedSentence?] = []

    private(set) var logits = Matrix.empty

    private var shape: EncoderDecoderShape? { decoder.encoder?.model.shape }
    private var isPeeky: Bool { shape?.peeky ?? false }

    init(_ decoder: RecurrentDecoder) {
      self.decoder = decoder
      words = EmbeddedSymbols(decoder.parts.embedding)
      states = StepStates(of: decoder.parts.stack)
      encoderScratch = decoder.encoder.map { StepEncoder.Scratch(for: $0) }
    }

    func add(_ sources: [[Int32]]) {
      let new = states.add(sources.count)
      if let encoder = decoder.encoder, let encoderScratch {
        owners += encoder.read(sources, into: new, scratch: encoderScratch)
      } else {
        precondition(sources.allSatisfy(\.isEmpty), "a language model has no source")
        for state in new { state.assign(nil) }
        owners += sources.map { _ in nil }
      }
    }

    func step(from parents: [Int], symbols: [Int32]) {
      states.select(parents)
      owners = parents.map { owners[$0] }
      let (parts, parameters, rows) = (decoder.parts, decoder.parameters, symbols.count)
      let top = parts.stack.step(
        input(symbols), rows: 0..<rows, states: states.rows(0..<rows),
        weights: decoder.layerWeights, scratch: scratch)
      logits = logitStorage.matrix(rows: rows, columns: parts.output.weight.rows)
      parts.output.logits(
        outputInput(top), weight: decoder.outputWeight, into: logits, parameters: parameters)
    }

    /// What the lowest layer reads: the symbols, and before them what it peeks at.
    private func input(_ symbols: [Int32]) -> LayerInput {
      words.begin(symbols)
      guard isPeeky else { return .symbols(words) }
      let width = decoder.parts.stack.shape.inputSize
      let input = inputStorage.matrix(rows: symbols.count, columns: width)
      words.vectors(
        into: input[rows: 0..<symbols.count, columns: width - words.size..<width],
        parameters: decoder.parameters)
      copyPeeked(into: input)
      return .vectors(input)
    }

    /// What the output layer reads beside the state, and the state.
    private func outputInput(_ state: Matrix) -> Matrix {
      let width = decoder.parts.output.weight.columns
      guard width > state.columns else { return state }
      let input = outputStorage.matrix(rows: state.rows, columns: width)
      func columns(from first: Int) -> Matrix {
        input[rows: 0..<input.rows, columns: first..<first + state.columns]
      }
      if isPeeky { copyPeeked(into: input) }
      if shape?.attention == .dot {
        AttentionMemory.contexts(
          of: state, owners: owners[..<state.rows].compactMap { $0?.attended },
          weights: weightStorage, into: columns(from: isPeeky ? state.columns : 0))
      }
      columns(from: width - state.columns).copy(from: state)
      return input
    }

    /// Copies to each row the state that it peeks at.
    private func copyPeeked(into matrix: Matrix) {
      for row in 0..<matrix.rows {
        guard let peeked = owners[row]?.peeked else { continue }
        matrix.row(row).update(from: peeked.row(0), count: peeked.columns)
      }
    }
  }
}
