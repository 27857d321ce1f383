/// What the decoder of a model looks at while it says given translations (teacher forcing): the weights
/// of its attention.
///
/// The output layer alone reads attention, so nothing of it is computed here. The weights of a long sentence
/// are many, and are there some steps at a time.
final class AttentionPass {
  private let model: EncoderDecoder
  private let parameters: Parameters
  private let cache: EncoderDecoder.Cache
  private var batch = LocalBatch([], reverseSource: false)
  /// Of each sentence, its sequence of the encoder and of the decoder.
  private var sequences: [(encoder: Int, decoder: Int)] = []
  /// The sentence whose keys are laid out, and how many it has.
  private var prepared: (sentence: Int, keys: Int)?
  private let keys = PackedMatrix()
  private let (keyStorage, queryStorage) = (FloatStorage(), FloatStorage())
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
    self.batch = batch
    prepared = nil
    sequences = batch.targetInput.order.map { _ in (0, 0) }
    for (sequence, sentence) in batch.targetInput.order.enumerated() {
      sequences[sentence] = (batch.encoderSequence[sequence], sequence)
    }
    try model.forwardStates(batch, in: PassContext(parameters: parameters), cache: cache)
  }

  /// The weights of a sentence at some steps, `[steps, S]`, as the encoder has read it; valid until they are
  /// asked for again.
  func weights(ofSentence sentence: Int, steps: Range<Int>) -> Matrix {
    let states = cache.stacks.decoder.output
    let queries = queryStorage.matrix(rows: steps.count, columns: states.columns)
    for (row, step) in steps.enumerated() {
      let place = batch.targetInput.packing.offset(step) + sequences[sentence].decoder
      queries.row(row).update(from: states.row(place), count: states.columns)
    }
    let count = prepareKeys(ofSentence: sentence)
    let weights = weightStorage.matrix(rows: steps.count, columns: count)
    guard count > 0 else { return weights }
    multiply(queries, keys, into: weights)
    for row in 0..<weights.rows { softmax(weights.row(row), times: 1, count: count) }
    return weights
  }

  /// Lays out the encoder's states of a sentence, and counts them.
  private func prepareKeys(ofSentence sentence: Int) -> Int {
    if let prepared, prepared.sentence == sentence { return prepared.keys }
    let (states, packing) = (cache.stacks.encoder.output, batch.source.packing)
    let sequence = sequences[sentence].encoder
    let count = (0..<packing.stepCount).prefix { sequence < packing.activeCount($0) }.count
    let own = keyStorage.matrix(rows: count, columns: states.columns)
    for step in 0..<count {
      own.row(step).update(
        from: states.row(packing.offset(step) + sequence), count: states.columns)
    }
    if count > 0 { keys.pack(own.transposed) }
    prepared = (sentence, count)
    return count
  }
}
