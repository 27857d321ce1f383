/// What the lowest layer of a stack reads, at the part of a model that has the embeddings.
///
/// Symbols, whose products with the input weights are computed once per distinct symbol; or vectors, where
/// what is read of a symbol differs from row to row: beside it a peeked state, some of it dropped, or
/// self-attention in its place.
final class BottomInput {
  private let embedded: EmbeddedSymbols
  private let selfAttention: (layer: SelfAttention, cache: SelfAttention.Cache)?
  private let inputStorage = FloatStorage()
  private let gradientStorage = FloatStorage()
  private var peek: PeekedState?
  private var packing = Packing(descendingLengths: [])

  /// What the layer reads.
  private(set) var input = LayerInput.vectors(.empty)
  /// Where its gradient goes, `[N, I]`; nil where symbols are read.
  private(set) var gradient: Matrix?

  /// - Parameters:
  ///   - embedding: of the symbols.
  ///   - selfAttention: what is read in place of embedded symbols, if it is.
  ///   - poll: called every now and then while products are computed.
  init(
    _ embedding: Embedding, selfAttention: SelfAttention? = nil, poll: @escaping () -> Void = {}
  ) {
    embedded = EmbeddedSymbols(embedding)
    self.selfAttention = selfAttention.map { ($0, SelfAttention.Cache(for: $0, poll: poll)) }
  }

  /// Begins a minibatch.
  ///
  /// - Parameters:
  ///   - symbols: what is read.
  ///   - peek: what is read before each symbol.
  ///   - asVectors: whether vectors are wanted in any case.
  ///   - parameters: have the tables.
  func begin(
    _ symbols: PackedSymbols, peek: PeekedState? = nil, asVectors: Bool, parameters: Parameters
  ) {
    (self.peek, packing) = (peek, symbols.packing)
    if let (layer, cache) = selfAttention {
      let vectors = makeVectors(width: layer.size)
      layer.forward(
        (symbols.symbols, packing), into: vectors, parameters: parameters, cache: cache)
      return
    }
    embedded.begin(symbols.symbols)
    guard asVectors || peek != nil else {
      (input, gradient) = (.symbols(embedded), nil)
      return
    }
    let vectors = makeVectors(width: peekSize + embedded.size)
    peek?.spread(steps: 0..<packing.stepCount, into: peeked(vectors))
    embedded.vectors(into: ownColumns(vectors), parameters: parameters)
  }

  /// After the backward pass of the layers: adds the gradients of what was read, where they have not been
  /// added with those of the weights.
  func addGradients(parameters: Parameters, gradients: Gradients) {
    guard let gradient else { return }
    if let (layer, cache) = selfAttention {
      return layer.backward(
        outputGradient: gradient, parameters: parameters, gradients: gradients, cache: cache)
    }
    peek?.addGradient(peeked(gradient), steps: 0..<packing.stepCount)
    embedded.addGradients(vectorGradients: ownColumns(gradient), gradients: gradients)
  }

  private var peekSize: Int { peek?.state.columns ?? 0 }

  private func makeVectors(width: Int) -> Matrix {
    let vectors = inputStorage.matrix(rows: packing.rowCount, columns: width)
    input = .vectors(vectors)
    gradient = gradientStorage.matrix(rows: packing.rowCount, columns: width)
    return vectors
  }

  private func peeked(_ matrix: Matrix) -> Matrix {
    matrix[rows: 0..<matrix.rows, columns: 0..<peekSize]
  }

  private func ownColumns(_ matrix: Matrix) -> Matrix {
    matrix[rows: 0..<matrix.rows, columns: peekSize..<matrix.columns]
  }
}
