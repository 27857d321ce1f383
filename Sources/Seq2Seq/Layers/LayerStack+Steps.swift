import CKernels

// One step at a time, for decoding: nothing is kept for a backward pass.
extension LayerStack {
  /// The weights of all layers, laid out to take steps one at a time.
  struct StepWeights {
    /// From the bottom up: those that multiply the input, and the recurrent ones.
    fileprivate let layers: [(input: PackedMatrix, hidden: PackedMatrix)]
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
        (
          PackedMatrix(parameters.matrix($0.inputWeight).transposed),
          PackedMatrix(parameters.matrix($0.hiddenWeight).transposed)
        )
      })
  }

  /// Takes one step with every sequence: `states` are replaced by the next ones.
  ///
  /// - Returns: the top layer's output, `[B, H]`, which is the top state's `hidden`.
  func step(
    _ input: Matrix, states: [RecurrentState], weights: StepWeights, parameters: Parameters,
    scratch: StepScratch
  ) -> Matrix {
    var input = input
    for ((layer, weight), state) in zip(zip(layers, weights.layers), states) {
      layer.step(input, state: state, weights: weight, parameters: parameters, scratch: scratch)
      input = state.hidden
    }
    return input
  }
}

extension RecurrentLayer {
  /// Takes one step with every sequence.
  fileprivate func step(
    _ input: Matrix, state: RecurrentState, weights: (input: PackedMatrix, hidden: PackedMatrix),
    parameters: Parameters, scratch: LayerStack.StepScratch
  ) {
    let (size, cell) = (shape.hiddenSize, shape.cell)
    // One row more, for what only a backward pass would read.
    let columns = cell.gateCount * size
    let memory = scratch.gates.matrix(rows: input.rows + 1, columns: columns)
    let gates = memory[rows: 0..<input.rows]
    let recurrentGates =
      cell.keepsProductsApart
      ? scratch.recurrentGates.matrix(rows: input.rows, columns: columns) : gates
    multiply(input, weights.input, into: gates)
    multiply(
      state.hidden, weights.hidden, into: recurrentGates, accumulate: !cell.keepsProductsApart)
    let (bias, hiddenBias) = (parameters.pointer(bias), hiddenBias.map(parameters.pointer))
    let forward = cell.forward
    for row in 0..<input.rows {
      let (hidden, cell) = (state.hidden.row(row), state.cell.row(row))
      var step = forward_step(
        gates: gates.row(row), recurrent: recurrentGates.row(row), bias: bias,
        recurrent_bias: hiddenBias, hidden_before: hidden, cell_before: cell, cell: cell,
        tanh_cell: memory.row(input.rows), hidden: hidden, hidden_copy: hidden)
      forward(size, &step)
    }
  }
}
