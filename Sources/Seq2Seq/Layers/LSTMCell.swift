/// The pointwise part of an LSTM without peepholes, for one sequence at one step.
///
/// `a = W_ih x + W_hh h + b` with gates in the order i, f, g, o;
/// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')` (Graves 2013, section 2, without the
/// peephole terms; the order and the single formula are PyTorch's).
enum LSTMCell {
  /// From pre-activations to the new state.
  ///
  /// - Parameters:
  ///   - gates: `[4H]`; `a` without its bias on entry, the activated gates on return.
  ///   - bias: `[4H]`.
  ///   - cellBefore: `[H]`, c.
  ///   - cell: `[H]`, receives c'; may be `cellBefore`.
  ///   - tanhCell: `[H]`, receives tanh(c'), which the backward pass needs.
  ///   - hidden: `[H]`, receives h'.
  ///   - hiddenCopy: `[H]`, receives h' as well.
  ///   - size: H.
  @inline(__always)
  static func forward(
    gates: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>,
    cellBefore: UnsafePointer<Float>, cell: UnsafeMutablePointer<Float>,
    tanhCell: UnsafeMutablePointer<Float>, hidden: UnsafeMutablePointer<Float>,
    hiddenCopy: UnsafeMutablePointer<Float>, size: Int
  ) {
    let (f, g, o) = (size, 2 * size, 3 * size)
    var k = 0
    while k + 8 <= size {
      let i = sigmoid(load(gates + k) + load(bias + k))
      let forget = sigmoid(load(gates + f + k) + load(bias + f + k))
      let candidate = hyperbolicTangent(load(gates + g + k) + load(bias + g + k))
      let output = sigmoid(load(gates + o + k) + load(bias + o + k))
      let c = forget * load(cellBefore + k) + i * candidate
      let tanhC = hyperbolicTangent(c)
      let h = output * tanhC
      store(i, gates + k)
      store(forget, gates + f + k)
      store(candidate, gates + g + k)
      store(output, gates + o + k)
      store(c, cell + k)
      store(tanhC, tanhCell + k)
      store(h, hidden + k)
      store(h, hiddenCopy + k)
      k += 8
    }
    guard k < size else { return }
    let n = size - k
    let i = sigmoid(load(gates + k, count: n) + load(bias + k, count: n))
    let forget = sigmoid(load(gates + f + k, count: n) + load(bias + f + k, count: n))
    let candidate = hyperbolicTangent(
      load(gates + g + k, count: n) + load(bias + g + k, count: n))
    let output = sigmoid(load(gates + o + k, count: n) + load(bias + o + k, count: n))
    let c = forget * load(cellBefore + k, count: n) + i * candidate
    let tanhC = hyperbolicTangent(c)
    let h = output * tanhC
    store(i, gates + k, count: n)
    store(forget, gates + f + k, count: n)
    store(candidate, gates + g + k, count: n)
    store(output, gates + o + k, count: n)
    store(c, cell + k, count: n)
    store(tanhC, tanhCell + k, count: n)
    store(h, hidden + k, count: n)
    store(h, hiddenCopy + k, count: n)
  }

  /// From the gradient of the new state to that of the pre-activations.
  ///
  /// - Parameters:
  ///   - gates: `[4H]`; the activated gates on entry, ∂L/∂a on return.
  ///   - cellBefore: `[H]`, c.
  ///   - tanhCell: `[H]`, tanh(c').
  ///   - hiddenGradient: `[H]`, the part of ∂L/∂h' that comes from the next step.
  ///   - outputGradient: `[H]`, the part that comes from above, or nil for none.
  ///   - cellGradient: `[H]`; ∂L/∂c' on entry, ∂L/∂c on return.
  ///   - size: H.
  @inline(__always)
  static func backward(
    gates: UnsafeMutablePointer<Float>, cellBefore: UnsafePointer<Float>,
    tanhCell: UnsafePointer<Float>, hiddenGradient: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>?, cellGradient: UnsafeMutablePointer<Float>, size: Int
  ) {
    let (f, g, o) = (size, 2 * size, 3 * size)
    var k = 0
    while k + 8 <= size {
      var dh = load(hiddenGradient + k)
      if let outputGradient { dh += load(outputGradient + k) }
      let d = gradients(
        i: load(gates + k), f: load(gates + f + k), g: load(gates + g + k),
        o: load(gates + o + k), cellBefore: load(cellBefore + k), tanhCell: load(tanhCell + k),
        dh: dh, dc: load(cellGradient + k))
      store(d.i, gates + k)
      store(d.f, gates + f + k)
      store(d.g, gates + g + k)
      store(d.o, gates + o + k)
      store(d.cell, cellGradient + k)
      k += 8
    }
    guard k < size else { return }
    let n = size - k
    var dh = load(hiddenGradient + k, count: n)
    if let outputGradient { dh += load(outputGradient + k, count: n) }
    let d = gradients(
      i: load(gates + k, count: n), f: load(gates + f + k, count: n),
      g: load(gates + g + k, count: n), o: load(gates + o + k, count: n),
      cellBefore: load(cellBefore + k, count: n), tanhCell: load(tanhCell + k, count: n),
      dh: dh, dc: load(cellGradient + k, count: n))
    store(d.i, gates + k, count: n)
    store(d.f, gates + f + k, count: n)
    store(d.g, gates + g + k, count: n)
    store(d.o, gates + o + k, count: n)
    store(d.cell, cellGradient + k, count: n)
  }

  /// The derivatives of one vector of cells; σ' = σ(1 − σ) and tanh' = 1 − tanh².
  @inline(__always)
  private static func gradients(
    i: Vector, f: Vector, g: Vector, o: Vector, cellBefore: Vector, tanhCell: Vector,
    dh: Vector, dc: Vector
  ) -> (i: Vector, f: Vector, g: Vector, o: Vector, cell: Vector) {
    let dCell = dc + dh * o * (1 - tanhCell * tanhCell)
    return (
      i: dCell * g * i * (1 - i),
      f: dCell * cellBefore * f * (1 - f),
      g: dCell * i * (1 - g * g),
      o: dh * tanhCell * o * (1 - o),
      cell: dCell * f
    )
  }
}
