extension RecurrentCell {
  /// Long short-term memory without peepholes (Graves 2013, section 2; Sutskever et al. 2014).
  ///
  /// `a = W_ih x + W_hh h + b` with gates in the order i, f, g, o;
  /// `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')`. The order and the single formula are PyTorch's.
  static let lstm = RecurrentCell(name: "lstm", gateCount: 4, hasCellState: true) { $0.lstm }
}
