import CKernels

// One step at a time, for decoding: nothing is kept for a backward pass.
extension LayerStack {
  /// The weights of all layers, laid out to take steps one at a time.
  struct StepWeights {
    fileprivate struct Layer {
      /// What multiplies the input, and the recurrent weights.
      let input: PackedMatrix
      let hidden: PackedMatrix
      let parameters: Parameters
    }

    /// From the bottom up.
    fileprivate let layers: [Layer]
  }

  /// Memory for a step.
  final class StepScratch {
    fileprivate let gates = FloatStorage()
    fileprivate let recurrentGates = FloatStorage()
  }

  /// Lays the weights out as they are now.
  func stepWeights(parameters: Parameters) -> StepWeights {
    StepWeights(
      layers: layers.map {
        StepWeights.Layer(
          input: PackedMatrix(parameters.matrix($0.inputWeight).transposed),
          hidden: PackedMatrix(parameters.matrix($0.hiddenWeight).transposed),
          parameters: parameters)
      })
  }

  /// Takes one step with every sequence: `states` are replaced by the next ones.
  ///
  /// - Parameters:
  ///   - input: what the lowest layer reads.
  ///   - rows: which rows of it; of symbols they follow those of the call before.
  ///   - states: each layer's, `[rows, H]`.
  ///   - weights: of the layers.
  ///   - scratch: memory.
  /// - Returns: the top layer's output, `[rows, H]`, which is the top state's `hidden`.
  func step(
    _ input: LayerInput, rows: Range<Int>, states: [RecurrentState], weights: StepWeights,
    scratch: StepScratch
  ) -> Matrix {
    var (input, rows, top) = (input, rows, Matrix.empty)
    for ((layer, weights), state) in zip(zip(layers, weights.layers), states) {
      layer.step(input, rows: rows, state: state, weights: weights, scratch: scratch)
      top = state.hidden
      (input, rows) = (.vectors(top), 0..<rows.count)
    }
    return top
  }
}

extension RecurrentLayer {
  /// Takes one step with every sequence.
  fileprivate func step(
    _ input: LayerInput, rows: Range<Int>, state: RecurrentState,
    weights: LayerStack.StepWeights.Layer, scratch: LayerStack.StepScratch
  ) {
    let (size, cell, parameters) = (shape.hiddenSize, shape.cell, weights.parameters)
    // One row more, for what only a backward pass would read.
    let columns = cell.gateCount * size
    let memory = scratch.gates.matrix(rows: rows.count + 1, columns: columns)
    let gates = memory[rows: 0..<rows.count]
    let recurrentGates =
      cell.keepsProductsApart
      ? scratch.recurrentGates.matrix(rows: rows.count, columns: columns) : gates
    switch input {
    case .vectors(let vectors): multiply(vectors[rows: rows], weights.input, into: gates)
    case .symbols(let symbols):
      symbols.project(rows: rows, weight: weights.input, into: gates, parameters: parameters)
    }
    multiply(
      state.hidden, weights.hidden, into: recurrentGates, accumulate: !cell.keepsProductsApart)
    let (bias, hiddenBias) = (parameters.pointer(bias), hiddenBias.map(parameters.pointer))
    let forward = cell.forward
    for row in 0..<rows.count {
      let (hidden, cell) = (state.hidden.row(row), state.cell.row(row))
      var step = forward_step(
        gates: gates.row(row), recurrent: recurrentGates.row(row), bias: bias,
        recurrent_bias: hiddenBias, hidden_before: hidden, cell_before: cell, cell: cell,
        tanh_cell: memory.row(rows.count), hidden: hidden, hidden_copy: hidden)
      forward(size, &step)
    }
  }
}
