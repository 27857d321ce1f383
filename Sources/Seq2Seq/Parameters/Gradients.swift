/// The gradients of a model: a slab for the dense parameters, rows for the tables.
final class Gradients {
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// Gradients of the dense parameters, in their layout.
  let dense: FloatStorage
  /// Gradients of the tables, in the order of `layout.tables`.
  var tables: [RowGradient]

  /// Zeros in the shape of `layout`.
  init(layout: ParameterLayout) {
    self.layout = layout
    dense = FloatStorage(count: layout.denseCount)
    tables = layout.tables.map { RowGradient(width: $0.columns) }
  }

  /// The gradient of a dense parameter as a matrix.
  func matrix(_ slice: ParameterSlice) -> Matrix {
    Matrix(dense.base + slice.offset, rows: slice.rows, columns: slice.columns)
  }

  /// Where the gradient of a dense parameter begins.
  func pointer(_ slice: ParameterSlice) -> UnsafeMutablePointer<Float> {
    dense.base + slice.offset
  }

  /// Sets all to zero.
  func clear() {
    dense.base.update(repeating: 0, count: dense.count)
    for index in tables.indices { tables[index].clear() }
  }

  /// Σ g² over some of the dense parameters.
  func sumOfSquares(dense range: Range<Int>) -> Double {
    Seq2Seq.sumOfSquares(dense.base + range.lowerBound, count: range.count)
  }

  /// Σ g² over the tables.
  func sumOfSquaresOfTables() -> Double {
    tables.reduce(0) { sum, table in
      sum
        + table.values.withUnsafeBufferPointer { values in
          values.baseAddress.map { Seq2Seq.sumOfSquares($0, count: values.count) } ?? 0
        }
    }
  }
}

/// The gradient of an embedding table: the rows that a minibatch touched, and no others.
struct RowGradient {
  /// Numbers a row.
  let width: Int
  /// The rows touched, ascending, each once.
  var rows: [Int32] = []
  /// Their gradients, row by row: `rows.count × width`.
  var values: [Float] = []

  init(width: Int) { self.width = width }

  /// Forgets all rows.
  mutating func clear() {
    rows.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }
}
