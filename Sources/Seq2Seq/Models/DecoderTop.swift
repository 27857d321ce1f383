/// What the output layer reads of a minibatch, at the part of a model that has the top layer: the peeked
/// state, the context of attention, and the decoder's state, in this order and as far as there are any.
final class DecoderTop {
  /// Attention to the encoder's states, if there is any.
  let attention: DotProductAttention?
  private let valueStorage = FloatStorage()
  private let gradientStorage = FloatStorage()
  private var values = Matrix.empty
  private var gradient = Matrix.empty
  private var states = Matrix.empty
  private var packing = Packing(descendingLengths: [])
  private var peek: PeekedState?
  private var mask: DropoutMask?

  init(attention: DotProductAttention? = nil) { self.attention = attention }

  /// Lays out the memory of one minibatch.
  ///
  /// - Parameters:
  ///   - packing: of the decoder.
  ///   - width: numbers per row that the output layer reads.
  /// - Returns: where the gradient of what it reads will be, `[N, width]`.
  func reserve(_ packing: Packing, width: Int) -> Matrix {
    self.packing = packing
    gradient = gradientStorage.matrix(rows: packing.rowCount, columns: width)
    return gradient
  }

  /// Begins a minibatch. What attention reads has begun.
  ///
  /// - Parameters:
  ///   - states: the decoder's, `[N, H]`, filled step by step.
  ///   - peek: the encoder's last state, if it is read here.
  ///   - mask: what is dropped of all that is read, if something is.
  func begin(_ states: Matrix, peek: PeekedState? = nil, mask: DropoutMask? = nil) {
    (self.states, self.peek, self.mask) = (states, peek, mask)
    guard !isPlain else { return }
    values = valueStorage.matrix(rows: gradient.rows, columns: gradient.columns)
  }

  /// What the output layer reads; nothing is copied where that is the decoder's states alone.
  var rows: TopRows { TopRows(values: isPlain ? states : values, gradient: gradient) }

  /// The gradient of the decoder's states, `[N, H]`, of the steps that went back.
  var stateGradient: Matrix { columns(of: gradient, from: gradient.columns - states.columns) }

  private var isPlain: Bool { attention == nil && peek == nil && mask == nil }
  private var peekSize: Int { peek?.state.columns ?? 0 }

  /// Some columns of all rows, as many as a state has.
  private func columns(of matrix: Matrix, from first: Int) -> Matrix {
    matrix[rows: 0..<matrix.rows, columns: first..<first + states.columns]
  }

  /// Puts consecutive steps' rows together, when their states are there.
  func forward(steps: Range<Int>) {
    guard !isPlain else { return }
    let rows = packing.rows(steps)
    if let peek { peek.spread(steps: steps, into: columns(of: values, from: 0)) }
    attention?.forward(steps: steps, states: states, into: columns(of: values, from: peekSize))
    columns(of: values, from: gradient.columns - states.columns)[rows: rows].copy(
      from: states[rows: rows])
    mask?.apply(to: values, steps: steps)
  }

  /// Goes back through consecutive steps, when the gradients of their rows are there.
  func backward(steps: Range<Int>) {
    mask?.apply(to: gradient, steps: steps)
    peek?.addGradient(columns(of: gradient, from: 0), steps: steps)
    attention?.backward(
      steps: steps, gradient: columns(of: gradient, from: peekSize), stateGradient: stateGradient)
  }
}
