/// A deep LSTM: each layer reads the output of the one below (Sutskever et al. 2014, section 2).
struct StackedLSTM: Sendable {
  /// From the bottom up.
  let layers: [LSTMLayer]

  /// Adds the parameters of a deep LSTM to a layout.
  init(
    _ name: String, layerCount: Int, inputSize: Int, hiddenSize: Int,
    to layout: inout ParameterLayout
  ) {
    var layers: [LSTMLayer] = []
    for index in 0..<layerCount {
      layers.append(
        LSTMLayer(
          name, index: index, inputSize: index == 0 ? inputSize : hiddenSize,
          hiddenSize: hiddenSize, to: &layout))
    }
    self.layers = layers
  }

  /// The caches of the layers, and the gradients that pass between them.
  final class Cache {
    /// From the bottom up.
    let layers: [LSTMLayer.Cache]
    fileprivate var input = Matrix.empty
    fileprivate let betweenLayers = [FloatStorage(), FloatStorage()]

    init(layerCount: Int) {
      layers = (0..<layerCount).map { _ in LSTMLayer.Cache() }
    }

    /// The state of each layer after each sequence's last step.
    var finalStates: [LSTMState] { layers.map(\.finalState) }
    /// After the backward pass, the gradient of each layer's initial state.
    var initialGradients: [LSTMState] { layers.map(\.stateGradient) }
    /// The top layer's output, `[N, H]`.
    var output: Matrix { layers[layers.count - 1].output }
  }

  /// Reads packed sequences, `[N, I]`, from one state a layer or from zeros.
  func forward(
    _ input: Matrix, packing: Packing, from initial: [LSTMState]?, parameters: Parameters,
    cache: Cache
  ) {
    cache.input = input
    var input = input
    for (index, layer) in layers.enumerated() {
      layer.begin(packing, from: initial?[index], cache: cache.layers[index])
      layer.forward(
        steps: 0..<packing.stepCount, input: input, parameters: parameters,
        cache: cache.layers[index])
      input = cache.layers[index].output
    }
  }

  /// Goes back through the sequences of the last `forward`.
  ///
  /// - Parameters:
  ///   - outputGradient: of the top layer's output, `[N, H]`, or nil where nothing reads it.
  ///   - finalGradients: of each layer's final state, or nil where nothing reads them.
  ///   - inputGradient: `[N, I]`, assigned.
  ///   - packing: that of the forward pass.
  ///   - parameters: those of the forward pass.
  ///   - gradients: the weights' gradients are added here.
  ///   - cache: what the forward pass filled.
  func backward(
    outputGradient: Matrix?, finalGradients: [LSTMState]?, inputGradient: Matrix,
    packing: Packing, parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    var outputGradient = outputGradient
    for (index, layer) in layers.enumerated().reversed() {
      let layerInput = index == 0 ? cache.input : cache.layers[index - 1].output
      let layerInputGradient =
        index == 0
        ? inputGradient
        : cache.betweenLayers[index % 2].matrix(rows: packing.rowCount, columns: layer.inputSize)
      layer.beginBackward(from: finalGradients?[index], cache: cache.layers[index])
      layer.backward(
        steps: 0..<packing.stepCount, outputGradient: outputGradient,
        inputGradient: layerInputGradient, parameters: parameters, cache: cache.layers[index])
      layer.addWeightGradients(
        input: layerInput, gradients: gradients, cache: cache.layers[index])
      outputGradient = layerInputGradient
    }
  }

  /// Takes one step with every sequence, for decoding: `states` are replaced by the next ones.
  ///
  /// - Returns: the top layer's output, `[B, H]`, which is the top state's `hidden`.
  func step(
    _ input: Matrix, states: [LSTMState], parameters: Parameters, scratch: FloatStorage
  ) -> Matrix {
    var input = input
    for (layer, state) in zip(layers, states) {
      let size = layer.hiddenSize
      let memory = scratch.matrix(rows: input.rows + 1, columns: 4 * size)
      let gates = memory[rows: 0..<input.rows]
      let unused = memory.row(input.rows)
      multiply(input, parameters.matrix(layer.inputWeight).transposed, into: gates)
      multiply(
        state.hidden, parameters.matrix(layer.hiddenWeight).transposed, into: gates,
        accumulate: true)
      for row in 0..<input.rows {
        LSTMCell.forward(
          gates: gates.row(row), bias: parameters.pointer(layer.bias),
          cellBefore: state.cell.row(row), cell: state.cell.row(row), tanhCell: unused,
          hidden: state.hidden.row(row), hiddenCopy: state.hidden.row(row), size: size)
      }
      input = state.hidden
    }
    return input
  }
}
