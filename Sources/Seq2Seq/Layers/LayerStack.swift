/// What every layer of a stack has in common.
struct StackShape: Sendable {
  /// What a layer computes at a step.
  var cell: RecurrentCell
  /// What layer 0 reads per row.
  var inputSize: Int
  /// Numbers of the state per layer, H.
  var hiddenSize: Int

  /// What a layer reads per row.
  func inputSize(ofLayer index: Int) -> Int { index == 0 ? inputSize : hiddenSize }

  /// Weights of a layer: multiply-adds per row.
  func weights(ofLayer index: Int) -> Int {
    cell.gateCount * hiddenSize * (hiddenSize + inputSize(ofLayer: index))
  }
}

/// Recurrent layers, of which each reads the output of the one below (Sutskever et al. 2014,
/// section 2: a deep LSTM).
struct LayerStack: Sendable {
  /// What the layers have in common.
  let shape: StackShape
  /// From the bottom up.
  let layers: [RecurrentLayer]

  /// Adds the parameters of some layers of a stack to a layout.
  ///
  /// - Parameters:
  ///   - name: the stack's name.
  ///   - indices: which of its layers.
  ///   - shape: what they have in common.
  ///   - layout: receives the parameters.
  init(
    _ name: String, layers indices: Range<Int>, of shape: StackShape,
    to layout: inout ParameterLayout
  ) {
    self.shape = shape
    var layers: [RecurrentLayer] = []
    for index in indices {
      layers.append(RecurrentLayer(name, index: index, of: shape, to: &layout))
    }
    self.layers = layers
  }

  /// Memory for weights that are laid out for products.
  struct PackedWeights {
    /// The recurrent weights of each layer, laid out for one pass.
    let recurrent: [PackedMatrix]
    /// Whatever else is multiplied.
    let other: PackedMatrix

    /// - Parameter poll: called every now and then while products are computed.
    init(layerCount: Int, poll: @escaping () -> Void = {}) {
      recurrent = (0..<layerCount).map { _ in PackedMatrix(poll: poll) }
      other = PackedMatrix(poll: poll)
    }
  }

  /// Numbers that these hold at most: of each layer its recurrent weights, and the input's of one.
  var packedWeightCount: Int {
    let gates = shape.cell.gateCount * shape.hiddenSize
    let inputs = layers.map { gates * $0.inputSize }.max() ?? 0
    return layers.count * gates * shape.hiddenSize + inputs
  }

  /// The caches of the layers, and the gradients that pass between them.
  final class Cache {
    /// From the bottom up.
    let layers: [RecurrentLayer.Cache]
    fileprivate var input = LayerInput.vectors(.empty)
    fileprivate var rowCount = 0
    fileprivate let betweenLayers = [FloatStorage(), FloatStorage()]
    /// What is dropped of each layer's input, and what is left of it.
    fileprivate var masks: [DropoutMask]?
    fileprivate let leftInputs: [FloatStorage]

    /// - Parameter packed: memory for weights; two caches whose passes never go on at one time may
    ///   have the same.
    init(packed: PackedWeights) {
      layers = packed.recurrent.map {
        RecurrentLayer.Cache(recurrent: $0, packed: packed.other)
      }
      leftInputs = layers.map { _ in FloatStorage() }
    }

    /// The state of each layer after each sequence's last step.
    var finalStates: [RecurrentState] { layers.map(\.finalState) }
    /// After the backward pass, the gradient of each layer's initial state.
    var initialGradients: [RecurrentState] { layers.map(\.stateGradient) }
    /// The top layer's output, `[N, H]`.
    var output: Matrix { layers[layers.count - 1].output }

    /// What there is for a layer to read.
    private func whole(ofLayer index: Int) -> LayerInput {
      index == 0 ? input : .vectors(layers[index - 1].output)
    }

    /// What a layer reads: where something is dropped, what is left.
    fileprivate func input(ofLayer index: Int) -> LayerInput {
      guard masks != nil else { return whole(ofLayer: index) }
      return .vectors(left(ofLayer: index))
    }

    private func left(ofLayer index: Int) -> Matrix {
      guard case .vectors(let vectors) = whole(ofLayer: index) else {
        preconditionFailure("what is dropped differs from row to row: vectors")
      }
      return leftInputs[index].matrix(rows: rowCount, columns: vectors.columns)
    }

    /// Drops what is dropped of some steps of a layer's input.
    fileprivate func dropInput(ofLayer index: Int, steps: Range<Int>) {
      guard let mask = masks?[index], case .vectors(let vectors) = whole(ofLayer: index) else {
        return
      }
      let (left, rows) = (left(ofLayer: index), layers[index].packing.rows(steps))
      left[rows: rows].copy(from: vectors[rows: rows])
      mask.apply(to: left, steps: steps)
    }
  }

  /// What is dropped of the inputs of all layers.
  ///
  /// - Parameter numbers: of each sequence, the number of its sentence in the whole minibatch.
  func masks(_ dropout: Dropout, _ packing: Packing, numbers: [Int]) -> [DropoutMask] {
    layers.map { dropout.mask($0.inputWeight.name, packing, numbers: numbers) }
  }

  /// Prepares to read packed sequences from one state per layer or from zeros.
  ///
  /// - Parameters:
  ///   - input: what the lowest layer reads; vectors, where something is dropped.
  ///   - packing: how the sequences lie.
  ///   - initial: of each layer, or nil.
  ///   - masks: what is dropped of each layer's input, or nil.
  ///   - parameters: of the layers.
  ///   - cache: receives all that a pass keeps.
  func begin(
    _ input: LayerInput, packing: Packing, from initial: [RecurrentState]?,
    masks: [DropoutMask]? = nil, parameters: Parameters, cache: Cache
  ) {
    cache.input = input
    cache.masks = masks
    cache.rowCount = packing.rowCount
    for (index, layer) in layers.enumerated() {
      layer.begin(
        packing, from: initial?[index], parameters: parameters, cache: cache.layers[index])
    }
  }

  /// Reads consecutive steps, whose input is there now.
  func forward(steps: Range<Int>, parameters: Parameters, cache: Cache) {
    for (index, layer) in layers.enumerated() {
      cache.dropInput(ofLayer: index, steps: steps)
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
    from finalGradients: [RecurrentState]?, parameters: Parameters, cache: Cache
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
  ///   - gradients: of the top layer's output, `[N, H]`, or nil where nothing reads it; and of the
  ///     input, `[N, I]`, of which the rows of `steps` are assigned, or nil where it is symbols.
  ///   - parameters: those of the forward pass.
  ///   - cache: what the forward pass filled.
  ///   - didFinish: called after each layer, from the top, with its number from the bottom.
  func backward(
    steps: Range<Int>, gradients: (output: Matrix?, input: Matrix?), parameters: Parameters,
    cache: Cache, didFinish: (Int) throws -> Void
  ) rethrows {
    var outputGradient = gradients.output
    for (index, layer) in layers.enumerated().reversed() {
      let layerInputGradient =
        index == 0
        ? gradients.input
        : cache.betweenLayers[index % 2].matrix(
          rows: cache.rowCount, columns: layer.inputSize)
      layer.backward(
        steps: steps, outputGradient: outputGradient, inputGradient: layerInputGradient,
        parameters: parameters, cache: cache.layers[index])
      if let layerInputGradient { cache.masks?[index].apply(to: layerInputGradient, steps: steps) }
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
}
