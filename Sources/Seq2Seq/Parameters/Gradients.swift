/// The gradients of a model: a slab for the dense parameters, rows for the tables.
final class Gradients {
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// Gradients of the dense parameters, in their layout.
  let dense: FloatStorage
  /// Gradients of the tables, in the order of `layout.tables`.
  let tables: [RowGradient]
  /// Where the matrices begin that something was added to since `clear()`.
  private var holding: Set<Int> = []

  /// Zeros in the shape of `layout`.
  convenience init(layout: ParameterLayout) {
    self.init(layout: layout, dense: FloatStorage(count: layout.denseCount))
  }

  /// Gradients in given memory, of `layout.denseCount` numbers.
  init(layout: ParameterLayout, dense: FloatStorage) {
    self.layout = layout
    self.dense = dense
    tables = layout.tables.map { RowGradient(width: $0.columns) }
  }

  /// The gradient of a dense parameter as a matrix.
  func matrix(_ slice: ParameterSlice) -> Matrix {
    dense.matrix(from: slice.offset, rows: slice.rows, columns: slice.columns)
  }

  /// Where the gradient of a dense parameter begins.
  func pointer(_ slice: ParameterSlice) -> UnsafeMutablePointer<Float> {
    dense.base + slice.offset
  }

  /// Makes all of them zero: vectors now, matrices when something is added to them or by
  /// `zeroUntouched(in:)`, because to fill hundreds of megabytes only to add to them once is work for nothing.
  func clear() {
    holding.removeAll(keepingCapacity: true)
    for slice in layout.dense where slice.isVector {
      pointer(slice).update(repeating: 0, count: slice.count)
    }
    for table in tables { table.begin(rows: []) }
  }

  /// The gradient of a matrix, to which the caller adds all over; if nothing was added since
  /// `clear()`, `holdsValues` is false, and it assigns instead.
  func accumulator(for slice: ParameterSlice) -> (matrix: Matrix, holdsValues: Bool) {
    (matrix(slice), !holding.insert(slice.offset).inserted)
  }

  /// Fills with zeros what nothing was added to since `clear()`: what a minibatch does not touch has
  /// the gradient zero, and not that of the minibatch before.
  ///
  /// - Parameter range: the dense parameters that are looked at.
  func zeroUntouched(in range: Range<Int>) {
    for slice in layout.dense where !slice.isVector && range.contains(slice.offset) {
      let (matrix, holdsValues) = accumulator(for: slice)
      if !holdsValues { matrix.clear() }
    }
  }

  /// Σ g² over some of the dense parameters.
  func sumOfSquares(dense range: Range<Int>) -> Double {
    Seq2Seq.sumOfSquares(dense.base + range.lowerBound, count: range.count)
  }

  /// Σ g² over the tables.
  func sumOfSquaresOfTables() -> Double {
    tables.reduce(0) { sum, table in
      sum + Seq2Seq.sumOfSquares(table.values.base, count: table.rows.count * table.width)
    }
  }
}

/// The gradient of an embedding table: the rows that a minibatch touched, and no others.
final class RowGradient {
  /// Numbers per row.
  let width: Int
  /// The rows touched, ascending, each once.
  private(set) var rows: [Int32] = []
  private let storage = FloatStorage()

  init(width: Int) { self.width = width }

  /// Their gradients, row by row: `[rows.count, width]`.
  var values: Matrix { storage.matrix(rows: rows.count, columns: width) }

  /// Begins anew with these rows, ascending, each once.
  ///
  /// - Returns: the memory of their gradients, which are undefined at first.
  @discardableResult
  func begin(rows: [Int32]) -> Matrix {
    self.rows = rows
    return values
  }
}
