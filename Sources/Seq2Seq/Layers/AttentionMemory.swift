/// The encoder's states of some sentences, laid out once for a decoder that attends to them a step at a time
/// (`DotProductAttention`).
final class AttentionMemory {
  /// Of each sentence, `[S, H]`: as what is compared, and as what is summed.
  private var sentences: [(keys: PackedMatrix, values: PackedMatrix, count: Int)] = []
  private let weights = FloatStorage()

  /// - Parameters:
  ///   - states: the encoder's, `[N, H]`.
  ///   - packing: how they lie.
  ///   - sequences: of each sentence, which sequence it is.
  init(_ states: Matrix, packing: Packing, sequences: [Int]) {
    let rows = SentenceRows(packing, sequences: sequences)
    let storage = FloatStorage()
    let bySentence = storage.matrix(rows: rows.rowCount, columns: states.columns)
    rows.gather(states, into: bySentence)
    for sentence in sequences.indices {
      let own = bySentence[rows: rows.rows(of: sentence)]
      let values = PackedMatrix()
      values.pack(own)
      sentences.append((PackedMatrix(own.transposed), values, own.rows))
    }
  }

  /// Computes the contexts of some states.
  ///
  /// - Parameters:
  ///   - states: `[rows, H]`.
  ///   - owners: of each row, its sentence; the rows of a sentence stand together.
  ///   - result: `[rows, H]`, assigned.
  func contexts(of states: Matrix, owners: [Int], into result: Matrix) {
    var start = 0
    while start < owners.count {
      let owner = owners[start]
      let end = owners[start...].firstIndex { $0 != owner } ?? owners.count
      let (keys, values, count) = sentences[owner]
      let scores = weights.matrix(rows: end - start, columns: count)
      multiply(states[rows: start..<end], keys, into: scores)
      for row in 0..<scores.rows { softmax(scores.row(row), times: 1, count: count) }
      multiply(scores, values, into: result[rows: start..<end])
      start = end
    }
  }
}
