import Synchronization

/// A view of numbers laid out row by row: `rows × columns`, rows `stride` numbers apart.
///
/// A view owns nothing: whoever makes one keeps the memory alive, and nothing checks that two
/// views do not overlap. In exchange it is four words that hot loops copy for free. Debug builds check
/// shapes and bounds, and that the memory is still there (`Lease`).
struct Matrix {
  let base: UnsafeMutablePointer<Float>
  let rows: Int
  let columns: Int
  let stride: Int
  #if DEBUG
    let lease: Lease?
  #endif

  /// A view of numbers.
  ///
  /// - Parameter lease: on the memory, where its owner gives one.
  init(
    _ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil,
    lease: Lease? = nil
  ) {
    assert(rows >= 0 && columns >= 0 && (stride ?? columns) >= columns, "a shape")
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    #if DEBUG
      self.lease = lease
    #endif
  }

  /// No rows; never read.
  static var empty: Matrix {
    Matrix(UnsafeMutablePointer(bitPattern: MemoryLayout<Float>.alignment)!, rows: 0, columns: 0)
  }

  /// Traps in debug builds if the memory has gone.
  @inline(__always)
  func assertAlive() {
    #if DEBUG
      precondition(lease?.isAlive ?? true, "the memory of a matrix has gone")
    #endif
  }

  private var ownLease: Lease? {
    #if DEBUG
      lease
    #else
      nil
    #endif
  }

  /// Where row `row` begins.
  func row(_ row: Int) -> UnsafeMutablePointer<Float> {
    assert((0..<rows).contains(row), "row \(row) of \(rows)")
    assertAlive()
    return base + row * stride
  }

  /// The view of some consecutive rows.
  subscript(rows range: Range<Int>) -> Matrix {
    assert(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    return Matrix(
      base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride,
      lease: ownLease)
  }

  /// The view of some consecutive rows and columns.
  subscript(rows rows: Range<Int>, columns columns: Range<Int>) -> Matrix {
    assert(rows.lowerBound >= 0 && rows.upperBound <= self.rows, "rows \(rows) of \(self.rows)")
    assert(
      columns.lowerBound >= 0 && columns.upperBound <= self.columns,
      "columns \(columns) of \(self.columns)")
    return Matrix(
      base + rows.lowerBound * stride + columns.lowerBound, rows: rows.count,
      columns: columns.count, stride: stride, lease: ownLease)
  }

  /// The view of consecutive numbers of a matrix whose rows follow one another, in another shape.
  func reshaped(from first: Int, rows: Int, columns: Int) -> Matrix {
    assert(stride == self.columns && first >= 0, "rows follow one another")
    assert(first + rows * columns <= self.rows * self.columns, "more numbers than there are")
    return Matrix(base + first, rows: rows, columns: columns, lease: ownLease)
  }

  /// One element, for tests and cold code.
  subscript(row: Int, column: Int) -> Float {
    get {
      assert((0..<columns).contains(column), "column \(column) of \(columns)")
      return self.row(row)[column]
    }
    nonmutating set {
      assert((0..<columns).contains(column), "column \(column) of \(columns)")
      self.row(row)[column] = newValue
    }
  }

  /// The numbers of a matrix whose rows follow one another.
  var memory: UnsafeMutableBufferPointer<Float> {
    precondition(stride == columns, "rows follow one another")
    assertAlive()
    return UnsafeMutableBufferPointer(start: base, count: rows * columns)
  }

  /// The numbers, to be read.
  var constantMemory: UnsafeBufferPointer<Float> { UnsafeBufferPointer(memory) }

  /// The numbers of a matrix whose rows follow one another, within `body`.
  func withMutableSpan<Result>(
    _ body: (inout MutableSpan<Float>) throws -> Result
  ) rethrows -> Result {
    var span = MutableSpan(_unsafeElements: memory)
    return try body(&span)
  }

  /// Sets every element to zero.
  func clear() {
    for row in 0..<rows { self.row(row).update(repeating: 0, count: columns) }
  }

  /// Copies the elements of `other`, which has the same shape.
  func copy(from other: Matrix) {
    assertShape(of: other)
    for row in 0..<rows { self.row(row).update(from: other.row(row), count: columns) }
  }

  /// Copies numbers, row by row: as many as there are elements.
  func copy(from values: [Float]) {
    assert(values.count == rows * columns, "\(values.count) numbers for \(rows) × \(columns)")
    values.withUnsafeBufferPointer { source in
      guard let start = source.baseAddress else { return }
      memory.baseAddress?.update(from: start, count: source.count)
    }
  }

  /// Adds the elements of `other`, which has the same shape.
  func add(_ other: Matrix) {
    assertShape(of: other)
    for row in 0..<rows {
      let target = self.row(row)
      let source = other.row(row)
      for column in 0..<columns { target[column] += source[column] }
    }
  }

  /// Adds a vector to every row.
  func add(row vector: UnsafePointer<Float>) {
    for row in 0..<rows {
      let target = self.row(row)
      for column in 0..<columns { target[column] += vector[column] }
    }
  }

  private func assertShape(of other: Matrix) {
    assert(
      rows == other.rows && columns == other.columns,
      "\(rows) × \(columns) and \(other.rows) × \(other.columns)")
  }
}

/// Says whether memory that a view looks at is still there. Only debug builds look.
final class Lease: Sendable {
  private let state = Atomic(true)

  /// Whether the memory is there.
  var isAlive: Bool { state.load(ordering: .relaxed) }
  /// The memory has gone.
  func end() { state.store(false, ordering: .relaxed) }
}
