/// A view of numbers laid out row by row: `rows × columns`, rows `stride` numbers apart.
///
/// A view owns nothing: whoever makes one keeps the memory alive, and nothing checks that two
/// views do not overlap. In exchange it is three words that hot loops copy for free.
struct Matrix {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  let stride: Int

  init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// No rows; never read.
  static var empty: Matrix {
    Matrix(UnsafeMutablePointer(bitPattern: MemoryLayout<Float>.alignment)!, rows: 0, columns: 0)
  }

  /// Where row `row` begins.
  func row(_ row: Int) -> UnsafeMutablePointer<Float> { base + row * stride }

  /// The view of some consecutive rows.
  subscript(rows range: Range<Int>) -> Matrix {
    Matrix(base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
  }

  /// One element, for tests and cold code.
  subscript(row: Int, column: Int) -> Float {
    get { base[row * stride + column] }
    nonmutating set { base[row * stride + column] = newValue }
  }

  /// Sets every element to zero.
  func clear() {
    for row in 0..<rows { self.row(row).update(repeating: 0, count: columns) }
  }

  /// Copies the elements of `other`, which has the same shape.
  func copy(from other: Matrix) {
    for row in 0..<rows { self.row(row).update(from: other.row(row), count: columns) }
  }

  /// Adds the elements of `other`, which has the same shape.
  func add(_ other: Matrix) {
    for row in 0..<rows {
      let target = self.row(row)
      let source = other.row(row)
      for column in 0..<columns { target[column] += source[column] }
    }
  }
}
