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
      let new = values(
        i: load(gates + k) + load(bias + k), f: load(gates + f + k) + load(bias + f + k),
        g: load(gates + g + k) + load(bias + g + k), o: load(gates + o + k) + load(bias + o + k),
        cellBefore: load(cellBefore + k))
      store(new.i, gates + k)
      store(new.f, gates + f + k)
      store(new.g, gates + g + k)
      store(new.o, gates + o + k)
      store(new.cell, cell + k)
      store(new.tanhCell, tanhCell + k)
      store(new.hidden, hidden + k)
      store(new.hidden, hiddenCopy + k)
      k += 8
    }
    guard k < size else { return }
    let n = size - k
    let new = values(
      i: load(gates + k, count: n) + load(bias + k, count: n),
      f: load(gates + f + k, count: n) + load(bias + f + k, count: n),
      g: load(gates + g + k, count: n) + load(bias + g + k, count: n),
      o: load(gates + o + k, count: n) + load(bias + o + k, count: n),
      cellBefore: load(cellBefore + k, count: n))
    store(new.i, gates + k, count: n)
    store(new.f, gates + f + k, count: n)
    store(new.g, gates + g + k, count: n)
    store(new.o, gates + o + k, count: n)
    store(new.cell, cell + k, count: n)
    store(new.tanhCell, tanhCell + k, count: n)
    store(new.hidden, hidden + k, count: n)
    store(new.hidden, hiddenCopy + k, count: n)
  }

  /// The activated gates and the new state of one vector of cells.
  @inline(__always)
  private static func values(
    i: Vector, f: Vector, g: Vector, o: Vector, cellBefore: Vector
  ) -> (
    i: Vector, f: Vector, g: Vector, o: Vector, cell: Vector, tanhCell: Vector, hidden: Vector
  ) {
    let (i, f, g, o) = (sigmoid(i), sigmoid(f), hyperbolicTangent(g), sigmoid(o))
    let cell = f * cellBefore + i * g
    let tanhCell = hyperbolicTangent(cell)
    return (i, f, g, o, cell, tanhCell, o * tanhCell)
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
