/// A model's weights as decoding reads them, laid out once. Threads may share them.
protocol ModelDecoder: AnyObject {
  /// Memory for hypotheses; there are none yet. Only one thread at a time may use it.
  func makeState() -> any DecoderState
}

/// What a search continues: hypotheses, one per row. All that a search needs to know of a model.
protocol DecoderState: AnyObject {
  /// The logits of the next symbol of each hypothesis that the last step continued, `[rows, V]`; valid until
  /// the next one.
  var logits: Matrix { get }

  /// Adds rows after those that are there: of each sentence one that has read it, and not yet `<eos>`.
  ///
  /// - Parameter sources: in the order in which the encoder reads them (`data.reverseSource`).
  func add(_ sources: [[Int32]])

  /// Replaces the rows: new row i is row `parents[i]`, and continues it with `symbols[i]`. If there are more
  /// parents than symbols, the last ones wait: they are kept as they are, and nothing is predicted.
  func step(from parents: [Int], symbols: [Int32])
}

extension ModelDecoder {
  /// Reads some sentences, and predicts the first symbol of each translation.
  func start(_ sources: [[Int32]]) -> any DecoderState {
    let state = makeState()
    state.add(sources)
    state.step(
      from: Array(sources.indices), symbols: sources.map { _ in Vocabulary.endOfSentence })
    return state
  }
}
