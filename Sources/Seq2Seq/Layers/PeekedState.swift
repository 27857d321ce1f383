/// The encoder's last state, which a peeky decoder reads at every step (Cho et al. 2014, section 2.2; the
/// notes' PeekyDecoder), and the sum of the gradients of all steps.
final class PeekedState {
  private let stateStorage = FloatStorage()
  private let gradientStorage = FloatStorage()
  private var packing = Packing(descendingLengths: [])
  /// `[B, H]`, in the order of the decoder.
  private(set) var state = Matrix.empty
  /// `[B, H]`.
  private(set) var gradient = Matrix.empty

  /// Begins a minibatch.
  ///
  /// - Parameters:
  ///   - state: `[B, H]`, copied.
  ///   - packing: of the decoder.
  func begin(_ state: Matrix, packing: Packing) {
    self.packing = packing
    self.state = stateStorage.matrix(rows: state.rows, columns: state.columns)
    self.state.copy(from: state)
    gradient = gradientStorage.matrix(rows: state.rows, columns: state.columns)
    gradient.clear()
  }

  /// Copies each sequence's state to all its rows.
  ///
  /// - Parameters:
  ///   - steps: which of its rows.
  ///   - matrix: `[N, H]`, receives them.
  func spread(steps: Range<Int>, into matrix: Matrix) {
    forEachRow(steps) { row, sequence in
      matrix.row(row).update(from: state.row(sequence), count: state.columns)
    }
  }

  /// Adds the gradients of some steps' rows, `[N, H]`.
  func addGradient(_ matrix: Matrix, steps: Range<Int>) {
    forEachRow(steps) { row, sequence in
      gradient[rows: sequence..<sequence + 1].add(matrix[rows: row..<row + 1])
    }
  }

  private func forEachRow(_ steps: Range<Int>, _ body: (_ row: Int, _ sequence: Int) -> Void) {
    for step in steps {
      for sequence in 0..<packing.activeCount(step) {
        body(packing.offset(step) + sequence, sequence)
      }
    }
  }
}
