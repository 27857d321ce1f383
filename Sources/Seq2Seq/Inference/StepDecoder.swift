/// Runs the decoder a step at a time over a changing set of hypotheses, one per row.
final class StepDecoder {
  private let model: TrainedModel
  private let weights: DecoderWeights
  private let scratch = FloatStorage()
  private let vectors = FloatStorage()
  private let logitStorage = FloatStorage()
  private var states: [(current: LSTMStateStorage, next: LSTMStateStorage)]
  private var rows: Int

  /// The logits of each hypothesis' next symbol, `[rows, V]`.
  private(set) var logits = Matrix.empty

  /// Reads the sources and takes the first step, with `<eos>`: row i is source i.
  init(_ model: TrainedModel, weights: DecoderWeights, sources: [[Int32]]) {
    self.model = model
    self.weights = weights
    rows = sources.count
    states = model.network.encoder.layers.map { _ in (LSTMStateStorage(), LSTMStateStorage()) }

    let network = model.network
    let packed = PackedSymbols(
      sources.map { model.configuration.data.reverseSource ? $0.reversed() : $0 })
    let symbols = EmbeddedSymbols(model.embeddings.encoder)
    symbols.begin(packed.symbols)
    let cache = StackedLSTM.Cache(packed: .init(layerCount: network.encoder.layers.count))
    network.encoder.begin(
      .symbols(symbols), packing: packed.packing, from: nil, parameters: model.parameters,
      cache: cache)
    network.encoder.forward(
      steps: 0..<packed.packing.stepCount, parameters: model.parameters, cache: cache)
    // The states are views of what the cache owns.
    withExtendedLifetime(cache) {
      for (layer, final) in cache.finalStates.enumerated() {
        let state = states[layer].current.state(rows: rows, size: final.hidden.columns)
        for (sequence, sentence) in packed.order.enumerated() {
          state.copy(sentence, from: final, row: sequence)
        }
      }
    }
    advance(symbols: [Int32](repeating: Vocabulary.endOfSentence, count: rows))
  }

  /// Replaces the hypotheses: new row i continues row `parents[i]` with `symbols[i]`.
  func step(from parents: [Int], symbols: [Int32]) {
    for (index, layer) in model.network.decoder.layers.enumerated() {
      let old = states[index].current.state(rows: rows, size: layer.hiddenSize)
      let new = states[index].next.state(rows: parents.count, size: layer.hiddenSize)
      for (row, parent) in parents.enumerated() {
        new.copy(row, from: old, row: parent)
      }
      states[index] = (states[index].next, states[index].current)
    }
    rows = parents.count
    advance(symbols: symbols)
  }

  private func advance(symbols: [Int32]) {
    let network = model.network
    let input = vectors.matrix(rows: rows, columns: network.shape.embeddingSize)
    model.embeddings.decoder.forward(symbols[...], into: input, parameters: model.parameters)
    let current = zip(states, network.decoder.layers).map {
      $0.current.state(rows: rows, size: $1.hiddenSize)
    }
    let top = network.decoder.step(
      input, states: current, weights: weights.layers, parameters: model.parameters,
      scratch: scratch)
    logits = logitStorage.matrix(rows: rows, columns: network.shape.targetVocabularySize)
    model.output.logits(
      top, weight: weights.output, into: logits, parameters: model.parameters)
  }
}
