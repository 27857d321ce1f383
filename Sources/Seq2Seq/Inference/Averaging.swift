import Foundation

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
        add(logits.row(row), weight: Float(weight), to: values, count: result.columns)
      }
      guard average == .linear else { continue }
      for column in 0..<result.columns { values[column] = log(values[column]) }
    }
  }

  private func add(
    _ logits: UnsafeMutablePointer<Float>, weight: Float, to sums: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    switch average {
    case .log:
      // The normalizer is the same for all symbols of a row, and drops out.
      for column in 0..<count { sums[column] += weight * logits[column] }
    case .linear:
      softmax(logits, times: 1, count: count)
      for column in 0..<count { sums[column] += weight * logits[column] }
    }
  }
}

/// The members of an ensemble, a step at a time.
final class EnsembleDecoder {
  private let members: [any ModelDecoder]
  private let isReversed: [Bool]
  private let averaging: Averaging

  init(_ ensemble: Ensemble) {
    members = ensemble.members.map { $0.network.makeDecoder($0.parameters) }
    isReversed = ensemble.members.map(\.configuration.data.reverseSource)
    averaging = ensemble.averaging
  }

  /// Reads some sentences, and predicts the first symbol of each translation.
  func start(_ sources: [EnsembleSource]) -> any DecoderState {
    let states = members.indices.map { member in
      members[member].start(
        sources.map {
          isReversed[member] ? $0.byMember[member].reversed() : $0.byMember[member]
        })
    }
    return states.count == 1 ? states[0] : State(states, averaging: averaging)
  }

  /// Hypotheses of all members.
  private final class State: DecoderState {
    private let members: [any DecoderState]
    private let averaging: Averaging
    private let storage = FloatStorage()
    private(set) var logits = Matrix.empty

    init(_ members: [any DecoderState], averaging: Averaging) {
      (self.members, self.averaging) = (members, averaging)
      combine()
    }

    func step(from parents: [Int], symbols: [Int32]) {
      for member in members { member.step(from: parents, symbols: symbols) }
      combine()
    }

    private func combine() {
      let predictions = members.map(\.logits)
      logits = storage.matrix(rows: predictions[0].rows, columns: predictions[0].columns)
      averaging.combine(predictions, into: logits)
    }
  }
}
