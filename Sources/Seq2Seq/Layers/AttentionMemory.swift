/// The encoder's states of a sentence, laid out once for a decoder that attends to them a step at a time
/// (`DotProductAttention`).
final class AttentionMemory {
  /// `[S, H]`: as what is compared, and as what is summed.
  private let keys: PackedMatrix
  private let values = PackedMatrix()
  private let count: Int

  private init(_ states: Matrix) {
    keys = PackedMatrix(states.transposed)
    values.pack(states)
    count = states.rows
  }

  /// Those of some sentences.
  ///
  /// - Parameters:
  ///   - states: the encoder's, `[N, H]`.
  ///   - packing: how they lie.
  ///   - sequences: of each sentence, which sequence it is.
  static func all(_ states: Matrix, packing: Packing, sequences: [Int]) -> [AttentionMemory] {
    let rows = SentenceRows(packing, sequences: sequences)
    let storage = FloatStorage()
    let bySentence = storage.matrix(rows: rows.rowCount, columns: states.columns)
    rows.gather(states, into: bySentence)
    return withExtendedLifetime(storage) {
      sequences.indices.map { AttentionMemory(bySentence[rows: rows.rows(of: $0)]) }
    }
  }

  /// Computes the contexts of some states.
  ///
  /// - Parameters:
  ///   - states: `[rows, H]`.
  ///   - owners: of each row, its sentence's; rows of a sentence that stand together are computed together.
  ///   - weights: memory.
  ///   - result: `[rows, H]`, assigned.
  static func contexts(
    of states: Matrix, owners: [AttentionMemory], weights: FloatStorage, into result: Matrix
  ) {
    var start = 0
    while start < owners.count {
      let owner = owners[start]
      let end = owners[start...].firstIndex { $0 !== owner } ?? owners.count
      let scores = weights.matrix(rows: end - start, columns: owner.count)
      multiply(states[rows: start..<end], owner.keys, into: scores)
      for row in 0..<scores.rows { softmax(scores.row(row), times: 1, count: owner.count) }
      multiply(scores, owner.values, into: result[rows: start..<end])
      start = end
    }
  }
}
