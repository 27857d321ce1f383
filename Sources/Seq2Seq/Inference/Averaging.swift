/// How the predictions of several models become one.
struct Averaging: Sendable {
  private let average: Ensemble.Average
  /// Of each model; their sum is 1.
  let weights: [Double]

  init(_ average: Ensemble.Average, weights: [Double]) {
    let sum = weights.reduce(0, +)
    (self.average, self.weights) = (average, weights.map { $0 / sum })
  }

  /// Averages predictions. The result is log p up to a number per row, as logits are.
  ///
  /// - Parameters:
  ///   - logits: of each model, `[rows, V]`; what stands there afterwards is of no use.
  ///   - result: `[rows, V]`.
  func combine(_ logits: [Matrix], into result: Matrix) {
    for row in 0..<result.rows {
      let values = result.row(row)
      values.update(repeating: 0, count: result.columns)
      for (logits, weight) in zip(logits, weights) {
        let own = logits.row(row)
        // Of logarithms the normalizer is the same for all symbols of a row, and drops out.
        if average == .linear { softmax(own, times: 1, count: result.columns) }
        for column in 0..<result.columns { values[column] += Float(weight) * own[column] }
      }
      if average == .linear { logarithms(values, count: result.columns) }
    }
  }
}

/// The members of an ensemble with their weights laid out, which threads may share.
final class EnsembleDecoder {
  fileprivate let members: [any ModelDecoder]
  fileprivate let isReversed: [Bool]
  fileprivate let averaging: Averaging

  init(_ ensemble: Ensemble) {
    members = ensemble.members.map { $0.network.makeDecoder($0.parameters) }
    isReversed = ensemble.members.map(\.configuration.data.reverseSource)
    averaging = ensemble.averaging
  }

  /// Memory for hypotheses of one thread.
  func makeState() -> EnsembleState { EnsembleState(self) }

  /// Reads some sentences, and predicts the first symbol of each translation.
  func start(_ sources: [EnsembleSource]) -> EnsembleState {
    let state = makeState()
    state.add(sources)
    state.step(
      from: Array(sources.indices), symbols: sources.map { _ in Vocabulary.endOfSentence })
    return state
  }
}

/// Hypotheses of all members of an ensemble; see `DecoderState`.
final class EnsembleState {
  private let members: [any DecoderState]
  private let isReversed: [Bool]
  private let averaging: Averaging
  private let storage = FloatStorage()
  private(set) var logits = Matrix.empty

  fileprivate init(_ decoder: EnsembleDecoder) {
    members = decoder.members.map { $0.makeState() }
    (isReversed, averaging) = (decoder.isReversed, decoder.averaging)
  }

  /// Adds a row for each sentence; see `DecoderState`.
  func add(_ sources: [EnsembleSource]) {
    for (index, member) in members.enumerated() {
      let own = sources.map { $0.byMember[index] }
      member.add(isReversed[index] ? own.map { $0.reversed() } : own)
    }
  }

  /// Takes a step; see `DecoderState`.
  func step(from parents: [Int], symbols: [Int32]) {
    for member in members { member.step(from: parents, symbols: symbols) }
    let predictions = members.map(\.logits)
    guard predictions.count > 1 else { return logits = predictions[0] }
    logits = storage.matrix(rows: predictions[0].rows, columns: predictions[0].columns)
    averaging.combine(predictions, into: logits)
  }
}
