import CKernels

/// One recurrent layer over packed sequences.
///
/// Like every layer here it holds ranges of a slab, not numbers. `forward` fills a cache that
/// `backward` reads; gradients of parameters *accumulate*, gradients of activations *assign*. The
/// backward pass goes through all steps of a minibatch: backpropagation through time (BPTT), not truncated.
struct RecurrentLayer: Sendable {
  /// What it computes at a step, and H.
  let shape: StackShape
  /// Numbers per row of the input, I.
  let inputSize: Int
  /// `[G·H, I]`, with the G gates in the cell's order.
  let inputWeight: ParameterSlice
  /// `[G·H, H]`.
  let hiddenWeight: ParameterSlice
  /// `[G·H]`.
  let bias: ParameterSlice
  /// `[G·H]`, of `W_hh h`, where the cell keeps that apart.
  let hiddenBias: ParameterSlice?

  /// Where its parameters lie among the dense ones.
  var range: Range<Int> {
    inputWeight.range.lowerBound..<(hiddenBias ?? bias).range.upperBound
  }

  private var cell: RecurrentCell { shape.cell }
  private var hiddenSize: Int { shape.hiddenSize }

  /// Adds the parameters of layer `index` of a stack to a layout, under PyTorch's names.
  init(_ name: String, index: Int, of shape: StackShape, to layout: inout ParameterLayout) {
    self.shape = shape
    inputSize = shape.inputSize(ofLayer: index)
    let rows = shape.cell.gateCount * shape.hiddenSize
    let name = "\(name).\(shape.cell.name)"
    inputWeight = layout.addMatrix("\(name).weight_ih_l\(index)", rows: rows, columns: inputSize)
    hiddenWeight = layout.addMatrix(
      "\(name).weight_hh_l\(index)", rows: rows, columns: shape.hiddenSize)
    let second = "\(name).bias_hh_l\(index)"
    if shape.cell.keepsProductsApart {
      bias = layout.addVector("\(name).bias_ih_l\(index)", count: rows)
      hiddenBias = layout.addVector(second, count: rows)
    } else {
      // PyTorch has two biases where one would do.
      bias = layout.addVector(
        "\(name).bias_ih_l\(index)", count: rows, addend: second,
        forgetGate: shape.cell.forgetGate.map {
          $0 * shape.hiddenSize..<($0 + 1) * shape.hiddenSize
        })
      hiddenBias = nil
    }
  }

  /// Prepares `cache` for a batch that starts from `initial`, or from zeros.
  func begin(
    _ packing: Packing, from initial: RecurrentState?, parameters: Parameters, cache: Cache
  ) {
    cache.recurrent.pack(parameters.matrix(hiddenWeight).transposed)
    cache.reserve(packing, of: self)
    cache.hasInitialState = initial != nil
    let started = 0..<packing.activeCount(0)
    cache.before[rows: started].assign(initial?[rows: started])
    cache.finalState.assign(initial)
  }

  /// Computes consecutive steps into `cache.output`.
  func forward(steps: Range<Int>, input: LayerInput, parameters: Parameters, cache: Cache) {
    let packing = cache.packing
    project(input, rows: packing.rows(steps), parameters: parameters, cache: cache)
    for step in steps {
      let rows = packing.rows(step..<step + 1)
      if step > 0 || cache.hasInitialState {
        multiply(
          cache.before.hidden[rows: rows], cache.recurrent, into: cache.recurrentGates[rows: rows],
          accumulate: !cell.keepsProductsApart)
      } else if cell.keepsProductsApart {
        cache.recurrentGates[rows: rows].clear()
      }
      // Sequences that go on leave their state where the next step reads it, the others where
      // the final state is kept.
      let continuing = packing.activeCount(step + 1)
      let next =
        continuing > 0 ? cache.before[rows: packing.rows(step + 1..<step + 2)] : .empty
      activate(0..<continuing, of: rows, into: next, parameters: parameters, cache: cache)
      activate(
        continuing..<rows.count, of: rows, into: cache.finalState, parameters: parameters,
        cache: cache)
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

  /// From the products of some sequences at one step to their next state.
  private func activate(
    _ sequences: Range<Int>, of rows: Range<Int>, into state: RecurrentState,
    parameters: Parameters, cache: Cache
  ) {
    let forward = cell.forward
    let (bias, hiddenBias) = (parameters.pointer(bias), hiddenBias.map(parameters.pointer))
    let (gates, recurrentGates) = (cache.gates, cache.recurrentGates)
    let (before, tanhCell, output) = (cache.before, cache.tanhCell, cache.output)
    for sequence in sequences {
      let row = rows.lowerBound + sequence
      var step = forward_step(
        gates: gates.row(row), recurrent: recurrentGates.row(row), bias: bias,
        recurrent_bias: hiddenBias, hidden_before: before.hidden.row(row),
        cell_before: before.cell.row(row), cell: state.cell.row(sequence),
        tanh_cell: tanhCell.row(row), hidden: output.row(row),
        hidden_copy: state.hidden.row(sequence))
      forward(hiddenSize, &step)
    }
  }

  /// Prepares the backward pass, which starts from the gradient of the final state, or from zeros.
  func beginBackward(from finalGradient: RecurrentState?, parameters: Parameters, cache: Cache) {
    cache.recurrent.pack(parameters.matrix(hiddenWeight))
    cache.stateGradient.assign(finalGradient)
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
    for step in steps.reversed() {
      let rows = packing.rows(step..<step + 1)
      deactivate(rows, outputGradient: outputGradient, cache: cache)
      if step > 0 || cache.hasInitialState {
        multiply(
          cache.recurrentGates[rows: rows], cache.recurrent,
          into: cache.stateGradient.hidden[rows: 0..<rows.count], accumulate: cell.passesHiddenOn)
      }
    }
    guard let inputGradient else { return }
    let rows = packing.rows(steps)
    cache.packed.pack(parameters.matrix(inputWeight))
    multiply(cache.gates[rows: rows], cache.packed, into: inputGradient[rows: rows])
  }

  /// From the gradient of the state after one step to those of its products.
  private func deactivate(_ rows: Range<Int>, outputGradient: Matrix?, cache: Cache) {
    let backward = cell.backward
    let (gates, recurrentGates) = (cache.gates, cache.recurrentGates)
    let (before, tanhCell, state) = (cache.before, cache.tanhCell, cache.stateGradient)
    for sequence in 0..<rows.count {
      let row = rows.lowerBound + sequence
      var step = backward_step(
        gates: gates.row(row), recurrent: recurrentGates.row(row),
        hidden_before: before.hidden.row(row), cell_before: before.cell.row(row),
        tanh_cell: tanhCell.row(row), hidden_gradient: state.hidden.row(sequence),
        output_gradient: outputGradient?.row(row), cell_gradient: state.cell.row(sequence))
      backward(hiddenSize, &step)
    }
  }

  /// Adds the gradients of the weights, after all steps of the backward pass: one product over
  /// all of them.
  func addWeightGradients(
    input: LayerInput, parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    let inputGradient = gradients.accumulator(for: inputWeight)
    switch input {
    case .vectors(let vectors):
      cache.packed.pack(vectors)
      multiply(
        cache.gates.transposed, cache.packed, into: inputGradient.matrix,
        accumulate: inputGradient.holdsValues)
    case .symbols(let symbols):
      symbols.addGradients(
        gateGradients: cache.gates, weight: parameters.matrix(inputWeight),
        weightGradient: inputGradient, gradients: gradients, packed: cache.packed)
    }
    // Where the first state was zero, its steps add nothing.
    let first = cache.hasInitialState ? 0 : cache.packing.activeCount(0)
    let rows = first..<cache.gates.rows
    let hiddenGradient = gradients.accumulator(for: hiddenWeight)
    cache.packed.pack(cache.before.hidden[rows: rows])
    multiply(
      cache.recurrentGates[rows: rows].transposed, cache.packed, into: hiddenGradient.matrix,
      accumulate: hiddenGradient.holdsValues)
    addColumnSums(of: cache.gates, into: gradients.pointer(bias))
    if let hiddenBias {
      addColumnSums(of: cache.recurrentGates, into: gradients.pointer(hiddenBias))
    }
  }
}
