import CKernels

/// What a recurrent layer computes at a step: all that makes it an LSTM, a GRU or a plain RNN.
///
/// With the input x and the state h of the step before, a layer computes `W_ih x` and `W_hh h`, both
/// `[gateCount · H]`; a cell makes the next state of them. Its loops are in C, one header per cell.
/// docs/add-a-model.md tells how to add one.
struct RecurrentCell: Sendable {
  /// As names of tensors have it: `encoder.lstm.weight_ih_l0`.
  let name: String
  /// Gates: rows of the weights per number of the state.
  let gateCount: Int
  /// Whether it keeps a second state beside h (the c of an LSTM).
  var hasCellState = false
  /// Whether `W_ih x` and `W_hh h` are two functions with a bias each. If not, they are one sum with one
  /// bias.
  var keepsProductsApart = false
  /// Whether h' depends on h directly too, and not through `W_hh h` alone.
  var passesHiddenOn = false
  /// Which of its gates forgets, if one does: `model.forgetBias` is added to its biases.
  var forgetGate: Int?
  /// Its loops, for one kind of registers.
  let loops: @Sendable (kernel) -> cell_kernel

  /// A step forward, and one back, in loops for the registers at hand.
  var forward: @convention(c) (Int, UnsafePointer<forward_step>?) -> Void {
    guard let loop = loops(Kernel.best.functions).forward else { preconditionFailure(noLoops) }
    return loop
  }
  var backward: @convention(c) (Int, UnsafePointer<backward_step>?) -> Void {
    guard let loop = loops(Kernel.best.functions).backward else { preconditionFailure(noLoops) }
    return loop
  }
  private var noLoops: String { "the table of kernel.h has no loops of \(name)" }

  /// Numbers kept for the backward pass, per row and per number of the state: the
  /// gates, twice where products are apart, h before and after, and c and tanh(c).
  var activationCount: Int {
    (keepsProductsApart ? 2 : 1) * gateCount + 2 + (hasCellState ? 2 : 0)
  }
}

extension RecurrentCell {
  /// Long short-term memory without peepholes (Graves 2013, section 2; Sutskever et al. 2014).
  ///
  /// `a = W_ih x + W_hh h + b` with gates in the order i, f, g, o;
  /// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')`. The order and the single formula are PyTorch's.
  static let lstm = RecurrentCell(
    name: "lstm", gateCount: 4, hasCellState: true, forgetGate: 1
  ) { $0.lstm }

  /// A gated recurrent unit (Cho et al. 2014, section 2.3), in PyTorch's form, with gates in the order
  /// r, z, n: `n = tanh(W_in x + b_in + r·(W_hn h + b_hn))`, `h' = (1 − z)·n + z·h`.
  static let gru = RecurrentCell(
    name: "gru", gateCount: 3, keepsProductsApart: true, passesHiddenOn: true
  ) { $0.gru }

  /// A plain recurrent network (Elman 1990): `h' = tanh(W_ih x + W_hh h + b)`.
  static let rnn = RecurrentCell(name: "rnn", gateCount: 1) { $0.rnn }
}

/// The state of some sequences between two steps.
struct RecurrentState {
  /// h, `[B, H]`.
  let hidden: Matrix
  /// c, `[B, H]`; of a cell that has none `[B, 0]`.
  let cell: Matrix

  /// Makes sequence `row` that of another state.
  func copy(_ row: Int, from other: RecurrentState, row otherRow: Int) {
    hidden[rows: row..<row + 1].copy(from: other.hidden[rows: otherRow..<otherRow + 1])
    cell[rows: row..<row + 1].copy(from: other.cell[rows: otherRow..<otherRow + 1])
  }

  /// Makes it that of another one, or zeros.
  func assign(_ other: RecurrentState?) {
    guard let other else {
      hidden.clear()
      cell.clear()
      return
    }
    hidden.copy(from: other.hidden)
    cell.copy(from: other.cell)
  }

  /// The state of some consecutive sequences.
  subscript(rows rows: Range<Int>) -> RecurrentState {
    RecurrentState(hidden: hidden[rows: rows], cell: cell[rows: rows])
  }

  /// No sequences; never read.
  static var empty: RecurrentState { RecurrentState(hidden: .empty, cell: .empty) }
}

/// Memory for a state.
final class RecurrentStateStorage {
  private let hidden = FloatStorage()
  private let cell = FloatStorage()

  /// A state of `rows` sequences; its numbers are undefined.
  func state(rows: Int, of shape: StackShape) -> RecurrentState {
    RecurrentState(
      hidden: hidden.matrix(rows: rows, columns: shape.hiddenSize),
      cell: cell.matrix(rows: rows, columns: shape.cell.hasCellState ? shape.hiddenSize : 0))
  }
}
