/// Sequences one after the other, each in consecutive rows: in a packing the steps of a sequence lie apart,
/// and attention goes by sentence.
struct SentenceRows {
  private let packing: Packing
  /// Of each sentence, which sequence of the packing it is.
  private let sequences: [Int]
  /// Where each sentence begins, and the end of the last one.
  private let starts: [Int]

  /// - Parameters:
  ///   - packing: how the sequences lie elsewhere.
  ///   - sequences: which of them come first, second, …; their own order if nil.
  init(_ packing: Packing, sequences: [Int]? = nil) {
    self.packing = packing
    let lengths = packing.lengths
    self.sequences = sequences ?? Array(lengths.indices)
    var starts = [0]
    starts.reserveCapacity(lengths.count + 1)
    for sequence in self.sequences { starts.append(starts[starts.count - 1] + lengths[sequence]) }
    self.starts = starts
  }

  /// How many there are.
  var count: Int { sequences.count }
  /// Rows in all, N.
  var rowCount: Int { packing.rowCount }

  /// The rows of a sentence, or of some of its steps.
  func rows(of sentence: Int, steps: Range<Int>? = nil) -> Range<Int> {
    let rows = starts[sentence]..<starts[sentence + 1]
    guard let steps else { return rows }
    return rows.lowerBound + min(steps.lowerBound, rows.count)..<rows.lowerBound
      + min(steps.upperBound, rows.count)
  }

  /// Calls `body` with each row, and the row of the packing that it is.
  func forEachRow(steps: Range<Int>? = nil, _ body: (_ row: Int, _ packedRow: Int) -> Void) {
    for sentence in sequences.indices {
      let (start, rows) = (starts[sentence], rows(of: sentence, steps: steps))
      for row in rows { body(row, packing.offset(row - start) + sequences[sentence]) }
    }
  }

  /// Copies the rows of a packing to where they lie by sentence.
  func gather(_ packed: Matrix, steps: Range<Int>? = nil, into matrix: Matrix) {
    forEachRow(steps: steps) { row, packedRow in
      matrix.row(row).update(from: packed.row(packedRow), count: packed.columns)
    }
  }

  /// Copies rows to where the packing has them.
  func scatter(_ matrix: Matrix, steps: Range<Int>? = nil, into packed: Matrix) {
    forEachRow(steps: steps) { row, packedRow in
      packed.row(packedRow).update(from: matrix.row(row), count: matrix.columns)
    }
  }

  /// Adds rows to where the packing has them.
  func scatter(adding matrix: Matrix, steps: Range<Int>? = nil, to packed: Matrix) {
    forEachRow(steps: steps) { row, packedRow in
      packed[rows: packedRow..<packedRow + 1].add(matrix[rows: row..<row + 1])
    }
  }
}
