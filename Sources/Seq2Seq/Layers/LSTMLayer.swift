/// The hidden and cell state of some sequences, `[B, H]` each.
struct LSTMState {
  let hidden: Matrix
  let cell: Matrix

  /// Makes sequence `row` that of another state.
  func copy(_ row: Int, from other: LSTMState, row otherRow: Int) {
    hidden.row(row).update(from: other.hidden.row(otherRow), count: hidden.columns)
    cell.row(row).update(from: other.cell.row(otherRow), count: cell.columns)
  }
}

/// Memory for a state.
final class LSTMStateStorage {
  private let hidden = FloatStorage()
  private let cell = FloatStorage()

  /// A state of `rows` sequences; its numbers are undefined.
  func state(rows: Int, size: Int) -> LSTMState {
    LSTMState(
      hidden: hidden.matrix(rows: rows, columns: size),
      cell: cell.matrix(rows: rows, columns: size))
  }
}

/// One LSTM layer over packed sequences.
///
/// Like every layer here it holds places in a slab, not numbers. `forward` fills a cache that
/// `backward` reads; gradients of parameters *accumulate*, gradients of activations *assign*.
struct LSTMLayer: Sendable {
  /// Numbers per row of the input, I.
  let inputSize: Int
  /// Numbers per row of the state, H.
  let hiddenSize: Int
  /// `[4H, I]`, gates in the order i, f, g, o.
  let inputWeight: ParameterSlice
  /// `[4H, H]`.
  let hiddenWeight: ParameterSlice
  /// `[4H]`.
  let bias: ParameterSlice

  /// Where its parameters lie among the dense ones.
  var range: Range<Int> { inputWeight.range.lowerBound..<bias.range.upperBound }

  /// Adds the parameters of layer `index` of an LSTM to a layout, under PyTorch's names.
  init(
    _ name: String, index: Int, inputSize: Int, hiddenSize: Int, to layout: inout ParameterLayout
  ) {
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    inputWeight = layout.addMatrix(
      "\(name).weight_ih_l\(index)", rows: 4 * hiddenSize, columns: inputSize)
    hiddenWeight = layout.addMatrix(
      "\(name).weight_hh_l\(index)", rows: 4 * hiddenSize, columns: hiddenSize)
    bias = layout.addVector("\(name).bias_ih_l\(index)", count: 4 * hiddenSize)
  }

  /// What the forward pass leaves for the backward pass, kept from batch to batch.
  final class Cache {
    fileprivate var packing = Packing(descendingLengths: [])
    fileprivate var hasInitialState = false
    fileprivate var gates = Matrix.empty
    fileprivate var hiddenBefore = Matrix.empty
    fileprivate var cellBefore = Matrix.empty
    fileprivate var tanhCell = Matrix.empty
    /// h of every step, `[N, H]`: the layer's output.
    fileprivate(set) var output = Matrix.empty
    /// The state after each sequence's last step, `[B, H]`.
    fileprivate(set) var finalState = LSTMState(hidden: .empty, cell: .empty)
    /// During and after the backward pass: the gradient of the state before the steps done so
    /// far, `[B, H]`; after all of them, that of the initial state.
    fileprivate(set) var stateGradient = LSTMState(hidden: .empty, cell: .empty)

    /// The recurrent weights, as the pass that goes on reads them.
    fileprivate let recurrent: PackedMatrix
    /// For products over many steps.
    fileprivate let packed: PackedMatrix
    private let storages = (0..<5).map { _ in FloatStorage() }
    private let finalStorage = LSTMStateStorage()
    private let gradientStorage = LSTMStateStorage()

    /// Both may be shared with caches whose passes never go on at one time.
    init(recurrent: PackedMatrix, packed: PackedMatrix) {
      self.recurrent = recurrent
      self.packed = packed
    }

    /// Lays out the memory of one batch.
    fileprivate func reserve(_ packing: Packing, size: Int) {
      self.packing = packing
      let rows = packing.rowCount
      gates = storages[0].matrix(rows: rows, columns: 4 * size)
      hiddenBefore = storages[1].matrix(rows: rows, columns: size)
      cellBefore = storages[2].matrix(rows: rows, columns: size)
      tanhCell = storages[3].matrix(rows: rows, columns: size)
      output = storages[4].matrix(rows: rows, columns: size)
      finalState = finalStorage.state(rows: packing.sequenceCount, size: size)
      stateGradient = gradientStorage.state(rows: packing.sequenceCount, size: size)
    }
  }

  /// Prepares `cache` for a batch that starts from `initial`, or from zeros.
  func begin(
    _ packing: Packing, from initial: LSTMState?, parameters: Parameters, cache: Cache
  ) {
    cache.recurrent.pack(parameters.matrix(hiddenWeight).transposed)
    cache.reserve(packing, size: hiddenSize)
    cache.hasInitialState = initial != nil
    let started = packing.activeCount(0)
    if let initial {
      cache.hiddenBefore[rows: 0..<started].copy(from: initial.hidden[rows: 0..<started])
      cache.cellBefore[rows: 0..<started].copy(from: initial.cell[rows: 0..<started])
      cache.finalState.hidden.copy(from: initial.hidden)
      cache.finalState.cell.copy(from: initial.cell)
    } else {
      cache.hiddenBefore[rows: 0..<started].clear()
      cache.cellBefore[rows: 0..<started].clear()
      cache.finalState.hidden.clear()
      cache.finalState.cell.clear()
    }
  }

  /// Computes consecutive steps into `cache.output`.
  func forward(steps: Range<Int>, input: LayerInput, parameters: Parameters, cache: Cache) {
    let packing = cache.packing
    let bias = parameters.pointer(bias)
    project(input, rows: packing.rows(steps), parameters: parameters, cache: cache)
    for step in steps {
      let rows = packing.rows(step..<step + 1)
      if step > 0 || cache.hasInitialState {
        multiply(
          cache.hiddenBefore[rows: rows], cache.recurrent, into: cache.gates[rows: rows],
          accumulate: true)
      }
      // Sequences that go on leave their state where the next step reads it, the others where
      // the final state is kept.
      let continuing = packing.activeCount(step + 1)
      let next = LSTMState(
        hidden: continuing > 0
          ? cache.hiddenBefore[rows: packing.rows(step + 1..<step + 2)] : .empty,
        cell: continuing > 0 ? cache.cellBefore[rows: packing.rows(step + 1..<step + 2)] : .empty)
      activate(0..<continuing, of: rows, into: next, bias: bias, cache: cache)
      activate(continuing..<rows.count, of: rows, into: cache.finalState, bias: bias, cache: cache)
    }
  }

  /// The input products of all these steps at once.
  private func project(
    _ input: LayerInput, rows: Range<Int>, parameters: Parameters, cache: Cache
  ) {
    cache.packed.pack(parameters.matrix(inputWeight).transposed)
    let gates = cache.gates[rows: rows]
    switch input {
    case .vectors(let vectors): multiply(vectors[rows: rows], cache.packed, into: gates)
    case .symbols(let symbols):
      symbols.project(rows: rows, weight: cache.packed, into: gates, parameters: parameters)
    }
  }

  private func activate(
    _ sequences: Range<Int>, of rows: Range<Int>, into state: LSTMState,
    bias: UnsafePointer<Float>, cache: Cache
  ) {
    let (gates, cellBefore) = (cache.gates, cache.cellBefore)
    let (tanhCell, output) = (cache.tanhCell, cache.output)
    for sequence in sequences {
      let row = rows.lowerBound + sequence
      LSTMCell.forward(
        gates: gates.row(row), bias: bias, cellBefore: cellBefore.row(row),
        cell: state.cell.row(sequence), tanhCell: tanhCell.row(row), hidden: output.row(row),
        hiddenCopy: state.hidden.row(sequence), size: hiddenSize)
    }
  }

  /// Prepares the backward pass, which starts from the gradient of the final state, or from zeros.
  func beginBackward(from finalGradient: LSTMState?, parameters: Parameters, cache: Cache) {
    cache.recurrent.pack(parameters.matrix(hiddenWeight))
    if let finalGradient {
      cache.stateGradient.hidden.copy(from: finalGradient.hidden)
      cache.stateGradient.cell.copy(from: finalGradient.cell)
    } else {
      cache.stateGradient.hidden.clear()
      cache.stateGradient.cell.clear()
    }
  }

  /// Goes back through consecutive steps, last first.
  ///
  /// - Parameters:
  ///   - steps: they end where those of the call before began.
  ///   - outputGradient: `[N, H]`, or nil where nothing above reads the output.
  ///   - inputGradient: `[N, I]`, receives the rows of `steps`; nil where the input is symbols.
  func backward(
    steps: Range<Int>, outputGradient: Matrix?, inputGradient: Matrix?, parameters: Parameters,
    cache: Cache
  ) {
    let packing = cache.packing
    let (gates, cellBefore, tanhCell) = (cache.gates, cache.cellBefore, cache.tanhCell)
    let state = cache.stateGradient
    for step in steps.reversed() {
      let rows = packing.rows(step..<step + 1)
      for sequence in 0..<rows.count {
        let row = rows.lowerBound + sequence
        LSTMCell.backward(
          gates: gates.row(row), cellBefore: cellBefore.row(row), tanhCell: tanhCell.row(row),
          hiddenGradient: state.hidden.row(sequence), outputGradient: outputGradient?.row(row),
          cellGradient: state.cell.row(sequence), size: hiddenSize)
      }
      if step > 0 || cache.hasInitialState {
        multiply(
          gates[rows: rows], cache.recurrent, into: state.hidden[rows: 0..<rows.count])
      }
    }
    guard let inputGradient else { return }
    let rows = packing.rows(steps)
    cache.packed.pack(parameters.matrix(inputWeight))
    multiply(gates[rows: rows], cache.packed, into: inputGradient[rows: rows])
  }

  /// Adds the gradients of the weights, after all steps of the backward pass: one product over
  /// all of them.
  func addWeightGradients(
    input: LayerInput, parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    let gates = cache.gates
    let inputGradient = gradients.accumulator(for: inputWeight)
    switch input {
    case .vectors(let vectors):
      cache.packed.pack(vectors)
      multiply(
        gates.transposed, cache.packed, into: inputGradient.matrix,
        accumulate: inputGradient.holdsValues)
    case .symbols(let symbols):
      symbols.addGradients(
        gateGradients: gates, weight: parameters.matrix(inputWeight),
        weightGradient: inputGradient, gradients: gradients, packed: cache.packed)
    }
    // Where the first state was zero, its steps add nothing.
    let first = cache.hasInitialState ? 0 : cache.packing.activeCount(0)
    let rows = first..<gates.rows
    let hiddenGradient = gradients.accumulator(for: hiddenWeight)
    cache.packed.pack(cache.hiddenBefore[rows: rows])
    multiply(
      gates[rows: rows].transposed, cache.packed, into: hiddenGradient.matrix,
      accumulate: hiddenGradient.holdsValues)
    addColumnSums(of: gates, into: gradients.pointer(bias))
  }
}

extension Matrix {
  /// No rows; never read.
  static var empty: Matrix {
    Matrix(UnsafeMutablePointer(bitPattern: MemoryLayout<Float>.alignment)!, rows: 0, columns: 0)
  }
}
