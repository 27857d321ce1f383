/// softmax(scale · Q Kᵀ) V within each sentence (Vaswani et al. 2017, section 3.2.1): what dot-product
/// attention and self-attention have in common.
///
/// Queries, keys and values lie by sentence (`SentenceRows`). A sentence's scores are one product, and
/// so is its sum of values: nothing is computed for a word of another sentence, or for padding.
final class SentenceAttention {
  /// What is compared, with what, and what is summed.
  struct Operands {
    /// `[Nq, D]`.
    let queries: Matrix
    /// `[Nk, D]`.
    let keys: Matrix
    /// `[Nk, Dv]`.
    let values: Matrix
  }

  private let scale: Float
  private let packed: PackedMatrix
  private let weightStorage = FloatStorage()
  private let gradientStorage = FloatStorage()
  private var queryRows = SentenceRows(Packing(descendingLengths: []))
  private var keyRows = SentenceRows(Packing(descendingLengths: []))
  /// Where the weights of each sentence begin, and the end.
  private var starts = [0]

  /// - Parameters:
  ///   - scale: what scores are multiplied by.
  ///   - poll: called every now and then while products are computed.
  init(scale: Float = 1, poll: @escaping () -> Void = {}) {
    self.scale = scale
    packed = PackedMatrix(poll: poll)
  }

  /// Begins a minibatch of sentences that have these rows.
  func begin(queries: SentenceRows, keys: SentenceRows) {
    (queryRows, keyRows) = (queries, keys)
    starts = [0]
    for sentence in 0..<queries.count {
      let count = queries.rows(of: sentence).count * keys.rows(of: sentence).count
      starts.append(starts[sentence] + count)
    }
  }

  /// What is kept of a sentence, `[queries, keys]`, or of some of its queries' steps.
  private func block(_ storage: FloatStorage, _ sentence: Int, steps: Range<Int>?) -> Matrix {
    let all = storage.matrix(rows: 1, columns: starts[starts.count - 1])
    let (queries, keys) = (queryRows.rows(of: sentence), keyRows.rows(of: sentence))
    let block = all.reshaped(from: starts[sentence], rows: queries.count, columns: keys.count)
    let rows = queryRows.rows(of: sentence, steps: steps)
    return block[rows: rows.lowerBound - queries.lowerBound..<rows.upperBound - queries.lowerBound]
  }

  /// Computes the weighted sums of consecutive steps' queries.
  ///
  /// - Parameters:
  ///   - steps: of the queries; all if nil.
  ///   - operands: filled for these steps.
  ///   - output: `[Nq, Dv]`, its rows are assigned: zeros where a sentence has no keys.
  func forward(steps: Range<Int>? = nil, _ operands: Operands, into output: Matrix) {
    for sentence in 0..<queryRows.count {
      let (rows, keys) = (queryRows.rows(of: sentence, steps: steps), keyRows.rows(of: sentence))
      let weights = block(weightStorage, sentence, steps: steps)
      packed.pack(operands.keys[rows: keys].transposed)
      multiply(operands.queries[rows: rows], packed, into: weights)
      for row in 0..<weights.rows { softmax(weights.row(row), times: scale, count: keys.count) }
      packed.pack(operands.values[rows: keys])
      multiply(weights, packed, into: output[rows: rows])
    }
  }

  /// Goes back through steps that went forward.
  ///
  /// - Parameters:
  ///   - steps: of the queries; all if nil.
  ///   - outputGradient: `[Nq, Dv]`.
  ///   - operands: as they were.
  ///   - gradients: those of the queries are assigned, those of keys and values, which all queries
  ///     read, are added to.
  func backward(
    steps: Range<Int>? = nil, outputGradient: Matrix, _ operands: Operands, into gradients: Operands
  ) {
    for sentence in 0..<queryRows.count {
      let (rows, keys) = (queryRows.rows(of: sentence, steps: steps), keyRows.rows(of: sentence))
      let weights = block(weightStorage, sentence, steps: steps)
      let scores = block(gradientStorage, sentence, steps: steps)
      let output = outputGradient[rows: rows]
      packed.pack(operands.values[rows: keys].transposed)
      multiply(output, packed, into: scores)
      packed.pack(output)
      multiply(
        weights.transposed, packed, into: gradients.values[rows: keys], accumulate: true)
      for row in 0..<scores.rows {
        softmaxGradient(scores.row(row), of: weights.row(row), times: scale, count: keys.count)
      }
      packed.pack(operands.keys[rows: keys])
      multiply(scores, packed, into: gradients.queries[rows: rows])
      packed.pack(operands.queries[rows: rows])
      multiply(scores.transposed, packed, into: gradients.keys[rows: keys], accumulate: true)
    }
  }
}
