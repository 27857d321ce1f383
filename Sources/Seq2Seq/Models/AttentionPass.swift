/// What the decoder of a model looks at while it says given translations (teacher forcing): the weights
/// of its attention.
///
/// The output layer alone reads attention, so nothing of it is computed here. The weights of a long sentence
/// are many, and are there some steps at a time.
final class AttentionPass {
  private let model: EncoderDecoder
  private let parameters: Parameters
  private let cache: EncoderDecoder.Cache
  /// Where each sentence has its states.
  private var rows = PerSide(
    encoder: SentenceRows(Packing(descendingLengths: [])),
    decoder: SentenceRows(Packing(descendingLengths: [])))
  /// The states by sentence, `[N, H]`.
  private var states = PerSide(encoder: Matrix.empty, decoder: Matrix.empty)
  private let storages = PerSide(encoder: FloatStorage(), decoder: FloatStorage())
  /// The sentence whose keys are laid out.
  private var prepared: Int?
  private let keys = PackedMatrix()
  private let weightStorage = FloatStorage()

  /// - Parameters:
  ///   - model: a whole model; of another kind, or without attention, there is no such pass.
  ///   - parameters: in the model's layout.
  init?(_ model: any Model, parameters: Parameters) {
    guard let model = model as? EncoderDecoder, model.shape.attention != .none else { return nil }
    (self.model, self.parameters) = (model, parameters)
    cache = model.makeCache(poll: {})
  }

  /// Reads sentences and their translations.
  func begin(_ batch: LocalBatch) throws {
    prepared = nil
    try model.forwardStates(batch, in: PassContext(parameters: parameters), cache: cache)
    let (source, target) = (batch.source, batch.targetInput)
    rows = PerSide(
      encoder: SentenceRows(source.packing, sequences: source.sequences),
      decoder: SentenceRows(target.packing, sequences: target.sequences))
    states = PerSide(encoder: bySentence(.encoder), decoder: bySentence(.decoder))
  }

  private func bySentence(_ side: Side) -> Matrix {
    let packed = cache.stacks[side].output
    let matrix = storages[side].matrix(rows: rows[side].rowCount, columns: packed.columns)
    rows[side].gather(packed, into: matrix)
    return matrix
  }

  /// The weights of a sentence at some steps, `[steps, S]`, as the encoder has read it; valid until they are
  /// asked for again.
  func weights(ofSentence sentence: Int, steps: Range<Int>) -> Matrix {
    let queries = states.decoder[rows: rows.decoder.rows(of: sentence, steps: steps)]
    let own = rows.encoder.rows(of: sentence)
    let weights = weightStorage.matrix(rows: queries.rows, columns: own.count)
    guard !own.isEmpty else { return weights }
    if prepared != sentence {
      keys.pack(states.encoder[rows: own].transposed)
      prepared = sentence
    }
    multiply(queries, keys, into: weights)
    for row in 0..<weights.rows { softmax(weights.row(row), times: 1, count: own.count) }
    return weights
  }
}
