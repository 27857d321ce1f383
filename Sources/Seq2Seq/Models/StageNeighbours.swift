/// The two halves of a model, through which activations go up.
enum Flow: Int, Sendable {
  case encoder, decoder
}

/// What a stage gets from and gives to the stages beside it, chunk by chunk of time steps.
///
/// A model knows no more of being one of several stages than this.
protocol StageNeighbours {
  /// Whether no other stage waits for this one.
  var isAlone: Bool { get }

  /// The consecutive steps that are worked on and passed on together.
  func chunks(of packing: Packing) -> [Range<Int>]

  /// A batch begins; memory that will be received into is laid out.
  ///
  /// - Parameters:
  ///   - input: of each flow, `[N, H]`, from the stage below; nil where the stage has embeddings.
  ///   - outputGradient: of each flow, `[N, H]`, from above, if there will be a backward pass.
  ///   - packings: of each flow.
  func begin(input: PerFlow<Matrix?>, outputGradient: PerFlow<Matrix?>, packings: PerFlow<Packing>)
    throws

  /// Returns when a chunk's rows of the input are there.
  func awaitInput(_ flow: Flow, chunk: Int) throws
  /// A chunk's rows of the output are there.
  func passOutput(_ flow: Flow, chunk: Int, rows: Matrix) throws
  /// Returns when a chunk's rows of the output's gradient are there.
  func awaitOutputGradient(_ flow: Flow, chunk: Int) throws
  /// A chunk's rows of the input's gradient are there.
  func passInputGradient(_ flow: Flow, chunk: Int, rows: Matrix) throws
}

/// One of each for encoder and decoder.
struct PerFlow<Value> {
  var encoder: Value
  var decoder: Value

  subscript(flow: Flow) -> Value { flow == .encoder ? encoder : decoder }
}

/// The neighbours of a stage that has all layers: none.
struct NoNeighbours: StageNeighbours {
  let isAlone = true

  /// One, also of sequences without a step: weights get their gradients even if these are zero.
  func chunks(of packing: Packing) -> [Range<Int>] { [0..<packing.stepCount] }

  func begin(
    input: PerFlow<Matrix?>, outputGradient: PerFlow<Matrix?>, packings: PerFlow<Packing>
  ) {}
  func awaitInput(_ flow: Flow, chunk: Int) {}
  func passOutput(_ flow: Flow, chunk: Int, rows: Matrix) {}
  func awaitOutputGradient(_ flow: Flow, chunk: Int) {}
  func passInputGradient(_ flow: Flow, chunk: Int, rows: Matrix) {}
}

extension PerFlow: Sendable where Value: Sendable {}
