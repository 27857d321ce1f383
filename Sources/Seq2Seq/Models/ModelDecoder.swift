/// A model's weights as decoding reads them, laid out once.
protocol ModelDecoder {
  /// Reads some sentences, given in the order in which the encoder reads them (`data.reverseSource`), and predicts the first symbol of each
  /// translation.
  func start(_ sources: [[Int32]]) -> any DecoderState
}

/// What a search continues: hypotheses, one per row. All that a search needs to know of a model.
protocol DecoderState: AnyObject {
  /// The logits of each hypothesis' next symbol, `[rows, V]`; valid until the next step.
  var logits: Matrix { get }
  /// Replaces the hypotheses: new row i continues row `parents[i]` with `symbols[i]`.
  func step(from parents: [Int], symbols: [Int32])
}
