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
  ///   - kernel: what computes it.
  static func forward(
    gates: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>,
    cellBefore: UnsafePointer<Float>, cell: UnsafeMutablePointer<Float>,
    tanhCell: UnsafeMutablePointer<Float>, hidden: UnsafeMutablePointer<Float>,
    hiddenCopy: UnsafeMutablePointer<Float>, size: Int, kernel: Kernel = .best
  ) {
    kernel.functions.lstm_forward(
      size, gates, bias, cellBefore, cell, tanhCell, hidden, hiddenCopy)
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
  ///   - kernel: what computes it.
  static func backward(
    gates: UnsafeMutablePointer<Float>, cellBefore: UnsafePointer<Float>,
    tanhCell: UnsafePointer<Float>, hiddenGradient: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>?, cellGradient: UnsafeMutablePointer<Float>, size: Int,
    kernel: Kernel = .best
  ) {
    kernel.functions.lstm_backward(
      size, gates, cellBefore, tanhCell, hiddenGradient, outputGradient, cellGradient)
  }
}
