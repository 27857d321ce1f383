/// Finds what models look at while they say given translations (teacher forcing).
public final class Aligner {
  private let ensemble: Ensemble
  private let members: [Member]

  /// A model with attention.
  private struct Member {
    let pass: AttentionPass
    /// Which model of the ensemble it is.
    let index: Int
    /// Its part of the average.
    let weight: Float
    let isReversed: Bool
  }

  /// - Parameter ensemble: the models; those without attention do not count, the others' weights are averaged
  ///   as their predictions are weighted.
  /// - Throws: `InputError` if none has attention.
  public init(_ ensemble: Ensemble) throws {
    self.ensemble = ensemble
    var found: [(pass: AttentionPass, index: Int)] = []
    for (index, model) in ensemble.members.enumerated() {
      AttentionPass(model.network, parameters: model.parameters).map { found.append(($0, index)) }
    }
    guard !found.isEmpty else {
      let models =
        ensemble.members.count == 1
        ? "the model \(ensemble.leader.path) has no attention" : "no model has attention"
      throw InputError(
        "\(models) (model.attention), so that nothing says which words belong together",
        kind: .usage)
    }
    let weights = ensemble.averaging.weights
    let sum = found.reduce(0) { $0 + weights[$1.index] }
    members = found.map {
      Member(
        pass: $0.pass, index: $0.index, weight: Float(weights[$0.index] / sum),
        isReversed: ensemble.members[$0.index].configuration.data.reverseSource)
    }
  }

  /// Aligns lines with translations, in order.
  ///
  /// - Throws: `InputError` if the models compute no number for one.
  public func align(_ pairs: [(source: String, target: String)]) throws -> [Alignment] {
    let leader = ensemble.leader
    let weights = try weights(
      of: pairs.map {
        EnsemblePair(
          source: ensemble.source(of: $0.source), target: leader.encodeTarget($0.target))
      })
    return zip(pairs, weights).map { pair, weights in
      Alignment(
        source: leader.tokenizer.symbols(of: pair.source),
        target: leader.tokenizer.symbols(of: pair.target) + [Vocabulary.endSymbol],
        weights: weights)
    }
  }

  /// Of each pair the weights, `[target symbols and <eos>][source symbols]`.
  func weights(of pairs: [EnsemblePair]) throws -> [[[Float]]] {
    var weights = pairs.map { _ in [[Float]]() }
    try forEachRow(of: pairs) { weights[$0].append(Array($1)) }
    return weights
  }

  /// Of each pair, and of each symbol of its target, the source's position that is looked at most: without
  /// the memory of all weights.
  func positions(of pairs: [EnsemblePair]) throws -> [[Int]] {
    var positions = pairs.map { _ in [Int]() }
    try forEachRow(of: pairs) { pair, row in
      guard positions[pair].count < pairs[pair].target.count,
        let position = row.indices.max(by: { row[$0] < row[$1] })
      else { return }
      positions[pair].append(position)
    }
    return positions
  }

  /// Calls `body` with the averaged weights of every step of every pair, in order, in the source's reading
  /// order.
  private func forEachRow(
    of pairs: [EnsemblePair], _ body: (_ pair: Int, _ row: UnsafeBufferPointer<Float>) -> Void
  ) throws {
    for batch in Self.batches(pairs) {
      let own = Array(pairs[batch])
      for member in members {
        try member.pass.begin(
          LocalBatch(
            own.map { SentencePair(source: $0.source.byMember[member.index], target: $0.target) },
            reverseSource: member.isReversed))
      }
      for (sentence, pair) in own.enumerated() {
        let steps = 0..<pair.target.count + 1
        for part in steps.evenParts(atMost: Self.blockSteps) {
          for row in averages(ofSentence: sentence, steps: part) {
            guard row.allSatisfy(\.isFinite) else { throw ensemble.computesNoNumber }
            row.withUnsafeBufferPointer { body(batch.lowerBound + sentence, $0) }
          }
        }
      }
    }
  }

  private func averages(ofSentence sentence: Int, steps: Range<Int>) -> [[Float]] {
    var rows: [[Float]] = []
    for member in members {
      let weights = member.pass.weights(ofSentence: sentence, steps: steps)
      if rows.isEmpty {
        rows = steps.map { _ in [Float](repeating: 0, count: weights.columns) }
      }
      for row in rows.indices {
        for position in 0..<weights.columns {
          let column = member.isReversed ? weights.columns - 1 - position : position
          rows[row][position] += member.weight * weights[row, column]
        }
      }
    }
    return rows
  }

  /// Steps whose weights are there at a time.
  private static let blockSteps = 64

  /// Consecutive pairs, as many as one pass takes: of long ones fewer.
  private static func batches(_ pairs: [EnsemblePair]) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var (start, symbols) = (0, 0)
    for (index, pair) in pairs.enumerated() {
      let count = pair.source.count + pair.target.count + 1
      if index > start, index - start == 32 || symbols + count > 8192 {
        batches.append(start..<index)
        (start, symbols) = (index, 0)
      }
      symbols += count
    }
    return start < pairs.count ? batches + [start..<pairs.count] : batches
  }
}
