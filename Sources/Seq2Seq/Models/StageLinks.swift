/// The two halves of a model, through which activations go up. A model with one half has a decoder alone.
enum Side: Int, Sendable {
  case encoder, decoder
}

/// What a stage gets from and gives to the stages beside it, chunk by chunk of time steps.
///
/// A model knows no more of being one of several stages than this.
protocol StageLinks {
  /// Whether no other stage waits for this one.
  var isAlone: Bool { get }

  /// The consecutive steps that are worked on and passed on together.
  func chunks(of packing: Packing) -> [Range<Int>]

  /// A batch begins; memory that will be received into is laid out.
  ///
  /// - Parameters:
  ///   - input: of each side, `[N, H]`, from the stage below; nil where the stage has embeddings.
  ///   - outputGradient: of each side, `[N, H]`, from above, if there will be a backward pass.
  ///   - packings: of each side.
  func begin(input: PerSide<Matrix?>, outputGradient: PerSide<Matrix?>, packings: PerSide<Packing>)
    throws

  /// Returns when a chunk's rows of the input are there.
  func awaitInput(_ side: Side, chunk: Int) throws
  /// A chunk's rows of the output are there.
  func passOutput(_ side: Side, chunk: Int, rows: Matrix) throws
  /// Returns when a chunk's rows of the output's gradient are there.
  func awaitOutputGradient(_ side: Side, chunk: Int) throws
  /// A chunk's rows of the input's gradient are there.
  func passInputGradient(_ side: Side, chunk: Int, rows: Matrix) throws
}

/// One of each for encoder and decoder.
struct PerSide<Value> {
  var encoder: Value
  var decoder: Value

  subscript(side: Side) -> Value { side == .encoder ? encoder : decoder }
}

/// The links of a stage that has all layers: none.
struct NoLinks: StageLinks {
  let isAlone = true

  /// One, also of sequences without a step: weights get their gradients even if these are zero.
  func chunks(of packing: Packing) -> [Range<Int>] { [0..<packing.stepCount] }

  func begin(
    input: PerSide<Matrix?>, outputGradient: PerSide<Matrix?>, packings: PerSide<Packing>
  ) {}
  func awaitInput(_ side: Side, chunk: Int) {}
  func passOutput(_ side: Side, chunk: Int, rows: Matrix) {}
  func awaitOutputGradient(_ side: Side, chunk: Int) {}
  func passInputGradient(_ side: Side, chunk: Int, rows: Matrix) {}
}

extension PerSide: Sendable where Value: Sendable {}
