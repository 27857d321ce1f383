extension RecurrentLayer {
  /// What the forward pass leaves for the backward pass, kept from batch to batch.
  final class Cache {
    fileprivate(set) var packing = Packing(descendingLengths: [])
    var hasInitialState = false
    /// `W_ih x`, then the activated gates, then the gradient of `W_ih x`: `[N, G·H]`.
    fileprivate(set) var gates = Matrix.empty
    /// The same of `W_hh h`: a matrix of its own where the cell keeps products apart, or `gates`.
    fileprivate(set) var recurrentGates = Matrix.empty
    /// The state before each step, `[N, H]`.
    fileprivate(set) var before = RecurrentState.empty
    /// tanh(c') of each step, `[N, H]`, of a cell that has a c.
    fileprivate(set) var tanhCell = Matrix.empty
    /// h of every step, `[N, H]`: the layer's output.
    fileprivate(set) var output = Matrix.empty
    /// The state after each sequence's last step, `[B, H]`.
    fileprivate(set) var finalState = RecurrentState.empty
    /// During and after the backward pass: the gradient of the state before the steps done so
    /// far, `[B, H]`; after all of them, that of the initial state.
    fileprivate(set) var stateGradient = RecurrentState.empty

    /// The recurrent weights, as the pass that goes on reads them.
    let recurrent: PackedMatrix
    /// For products over many steps.
    let packed: PackedMatrix
    private let storages = (0..<4).map { _ in FloatStorage() }
    private let beforeStorage = RecurrentStateStorage()
    private let finalStorage = RecurrentStateStorage()
    private let gradientStorage = RecurrentStateStorage()

    /// Both may be shared with caches whose passes never go on at one time.
    init(recurrent: PackedMatrix, packed: PackedMatrix) {
      self.recurrent = recurrent
      self.packed = packed
    }

    /// Lays out the memory of one batch.
    func reserve(_ packing: Packing, of layer: RecurrentLayer) {
      self.packing = packing
      let (rows, shape) = (packing.rowCount, layer.shape)
      let (size, cell) = (shape.hiddenSize, shape.cell)
      gates = storages[0].matrix(rows: rows, columns: cell.gateCount * size)
      recurrentGates =
        cell.keepsProductsApart
        ? storages[1].matrix(rows: rows, columns: cell.gateCount * size) : gates
      tanhCell = storages[2].matrix(rows: rows, columns: cell.hasCellState ? size : 0)
      output = storages[3].matrix(rows: rows, columns: size)
      before = beforeStorage.state(rows: rows, of: shape)
      finalState = finalStorage.state(rows: packing.sequenceCount, of: shape)
      stateGradient = gradientStorage.state(rows: packing.sequenceCount, of: shape)
    }
  }
}
