/// A deep LSTM: each layer reads the output of the one below (Sutskever et al. 2014, section 2).
struct StackedLSTM: Sendable {
  /// From the bottom up.
  let layers: [LSTMLayer]

  /// Adds the parameters of some layers of a deep LSTM to a layout.
  ///
  /// - Parameters:
  ///   - name: the deep LSTM's name.
  ///   - indices: which of its layers.
  ///   - inputSize: what layer 0 reads.
  ///   - hiddenSize: cells per layer.
  ///   - layout: receives the parameters.
  init(
    _ name: String, layers indices: Range<Int>, inputSize: Int, hiddenSize: Int,
    to layout: inout ParameterLayout
  ) {
    var layers: [LSTMLayer] = []
    for index in indices {
      layers.append(
        LSTMLayer(
          name, index: index, inputSize: index == 0 ? inputSize : hiddenSize,
          hiddenSize: hiddenSize, to: &layout))
    }
    self.layers = layers
  }

  /// Memory for weights that are laid out for products.
  struct PackedWeights {
    /// Of each layer, the recurrent ones, during a pass.
    let recurrent: [PackedMatrix]
    /// Whatever else is multiplied.
    let other: PackedMatrix

    /// - Parameter poll: called every now and then while products are computed.
    init(layerCount: Int, poll: @escaping () -> Void = {}) {
      recurrent = (0..<layerCount).map { _ in PackedMatrix(poll: poll) }
      other = PackedMatrix(poll: poll)
    }
  }

  /// The caches of the layers, and the gradients that pass between them.
  final class Cache {
    /// From the bottom up.
    let layers: [LSTMLayer.Cache]
    fileprivate var input = LayerInput.vectors(.empty)
    fileprivate var rowCount = 0
    fileprivate let betweenLayers = [FloatStorage(), FloatStorage()]

    /// - Parameter packed: memory for weights; two caches whose passes never go on at one time may
    ///   have the same.
    init(packed: PackedWeights) {
      layers = packed.recurrent.map {
        LSTMLayer.Cache(recurrent: $0, packed: packed.other)
      }
    }

    /// The state of each layer after each sequence's last step.
    var finalStates: [LSTMState] { layers.map(\.finalState) }
    /// After the backward pass, the gradient of each layer's initial state.
    var initialGradients: [LSTMState] { layers.map(\.stateGradient) }
    /// The top layer's output, `[N, H]`.
    var output: Matrix { layers[layers.count - 1].output }

    /// What a layer reads.
    fileprivate func input(ofLayer index: Int) -> LayerInput {
      index == 0 ? input : .vectors(layers[index - 1].output)
    }
  }

  /// Prepares to read packed sequences from one state per layer or from zeros.
  func begin(
    _ input: LayerInput, packing: Packing, from initial: [LSTMState]?, parameters: Parameters,
    cache: Cache
  ) {
    cache.input = input
    cache.rowCount = packing.rowCount
    for (index, layer) in layers.enumerated() {
      layer.begin(
        packing, from: initial?[index], parameters: parameters, cache: cache.layers[index])
    }
  }

  /// Reads consecutive steps, whose input is there now.
  func forward(steps: Range<Int>, parameters: Parameters, cache: Cache) {
    for (index, layer) in layers.enumerated() {
      layer.forward(
        steps: steps, input: cache.input(ofLayer: index), parameters: parameters,
        cache: cache.layers[index])
    }
  }

  /// Prepares to go back through the sequences read last.
  ///
  /// - Parameters:
  ///   - finalGradients: of each layer's final state, or nil where nothing reads them.
  ///   - parameters: those of the forward pass.
  ///   - cache: what the forward pass filled.
  func beginBackward(
    from finalGradients: [LSTMState]?, parameters: Parameters, cache: Cache
  ) {
    for (index, layer) in layers.enumerated() {
      layer.beginBackward(
        from: finalGradients?[index], parameters: parameters, cache: cache.layers[index])
    }
  }

  /// Goes back through consecutive steps, which end where those of the call before began.
  ///
  /// - Parameters:
  ///   - steps: the steps.
  ///   - outputGradient: of the top layer's output, `[N, H]`, or nil where nothing reads it.
  ///   - inputGradient: `[N, I]`; the rows of `steps` are assigned; nil where the input is
  ///     symbols.
  ///   - parameters: those of the forward pass.
  ///   - cache: what the forward pass filled.
  ///   - didFinish: called after each layer, from the top, with its number from the bottom.
  func backward(
    steps: Range<Int>, outputGradient: Matrix?, inputGradient: Matrix?, parameters: Parameters,
    cache: Cache, didFinish: (Int) throws -> Void
  ) rethrows {
    var outputGradient = outputGradient
    for (index, layer) in layers.enumerated().reversed() {
      let layerInputGradient =
        index == 0
        ? inputGradient
        : cache.betweenLayers[index % 2].matrix(
          rows: cache.rowCount, columns: layer.inputSize)
      layer.backward(
        steps: steps, outputGradient: outputGradient, inputGradient: layerInputGradient,
        parameters: parameters, cache: cache.layers[index])
      outputGradient = layerInputGradient
      try didFinish(index)
    }
  }

  /// Adds the gradients of a layer's weights, after all steps of its backward pass.
  func addWeightGradients(
    ofLayer index: Int, parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    layers[index].addWeightGradients(
      input: cache.input(ofLayer: index), parameters: parameters, gradients: gradients,
      cache: cache.layers[index])
  }

  /// The weights of all layers, laid out to take steps one at a time.
  struct StepWeights {
    /// From the bottom up: those that multiply the input, and the recurrent ones.
    fileprivate let layers: [(input: PackedMatrix, hidden: PackedMatrix)]
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

  /// Takes one step with every sequence, for decoding: `states` are replaced by the next ones.
  ///
  /// - Returns: the top layer's output, `[B, H]`, which is the top state's `hidden`.
  func step(
    _ input: Matrix, states: [LSTMState], weights: StepWeights, parameters: Parameters,
    scratch: FloatStorage
  ) -> Matrix {
    var input = input
    for ((layer, weight), state) in zip(zip(layers, weights.layers), states) {
      let size = layer.hiddenSize
      let memory = scratch.matrix(rows: input.rows + 1, columns: 4 * size)
      let gates = memory[rows: 0..<input.rows]
      let unused = memory.row(input.rows)
      multiply(input, weight.input, into: gates)
      multiply(state.hidden, weight.hidden, into: gates, accumulate: true)
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
