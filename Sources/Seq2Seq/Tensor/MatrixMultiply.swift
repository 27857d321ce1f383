import CBLAS

/// A matrix read over its diagonal; nothing moves.
struct TransposedMatrix {
  let matrix: Matrix
}

extension Matrix {
  /// This matrix read over its diagonal.
  var transposed: TransposedMatrix { TransposedMatrix(matrix: self) }
}

/// `result = left · right`, or `result += left · right`.
func multiply(_ left: Matrix, _ right: Matrix, into result: Matrix, accumulate: Bool = false) {
  assert(left.columns == right.rows)
  assert(result.rows == left.rows && result.columns == right.columns)
  product(
    left, CblasNoTrans, right, CblasNoTrans, inner: left.columns, into: result,
    accumulate: accumulate)
}

/// `result = left · rightᵀ`, or `result += left · rightᵀ`.
func multiply(
  _ left: Matrix, _ right: TransposedMatrix, into result: Matrix, accumulate: Bool = false
) {
  assert(left.columns == right.matrix.columns)
  assert(result.rows == left.rows && result.columns == right.matrix.rows)
  product(
    left, CblasNoTrans, right.matrix, CblasTrans, inner: left.columns, into: result,
    accumulate: accumulate)
}

/// `result = leftᵀ · right`, or `result += leftᵀ · right`.
func multiply(
  _ left: TransposedMatrix, _ right: Matrix, into result: Matrix, accumulate: Bool = false
) {
  assert(left.matrix.rows == right.rows)
  assert(result.rows == left.matrix.columns && result.columns == right.columns)
  product(
    left.matrix, CblasTrans, right, CblasNoTrans, inner: right.rows, into: result,
    accumulate: accumulate)
}

private func product(
  _ left: Matrix, _ leftFlag: CBLAS_TRANSPOSE, _ right: Matrix, _ rightFlag: CBLAS_TRANSPOSE,
  inner: Int, into result: Matrix, accumulate: Bool
) {
  guard result.rows > 0, result.columns > 0 else { return }
  guard inner > 0 else {
    if !accumulate { result.clear() }
    return
  }
  cblas_sgemm(
    CblasRowMajor, leftFlag, rightFlag,
    blasint(result.rows), blasint(result.columns), blasint(inner),
    1, left.base, blasint(left.stride), right.base, blasint(right.stride),
    accumulate ? 1 : 0, result.base, blasint(result.stride))
}

/// `result += ` the sum of the rows of `matrix`; `result` has its columns.
func addColumnSums(of matrix: Matrix, into result: UnsafeMutablePointer<Float>) {
  for row in 0..<matrix.rows {
    let source = matrix.row(row)
    for column in 0..<matrix.columns { result[column] += source[column] }
  }
}

/// Threads that one matrix product of this process may use.
public enum MatrixThreads {
  /// Sets the number of threads; one a rank is right wherever every core has a rank.
  public static func set(_ count: Int) {
    openblas_set_num_threads(Int32(max(1, count)))
  }

  /// How many there are.
  static var count: Int { Int(openblas_get_num_threads()) }
}
