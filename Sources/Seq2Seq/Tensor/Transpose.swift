/// A matrix read transposed; nothing moves.
struct TransposedMatrix {
  let matrix: Matrix
}

extension Matrix {
  /// This matrix read transposed.
  var transposed: TransposedMatrix { TransposedMatrix(matrix: self) }
}

/// `result = matrixᵀ`.
func transpose(_ matrix: Matrix, into result: Matrix) {
  assert(result.rows == matrix.columns && result.columns == matrix.rows)
  let (wholeRows, wholeColumns) = (matrix.rows / 8 * 8, matrix.columns / 8 * 8)
  for row in stride(from: 0, to: wholeRows, by: 8) {
    for column in stride(from: 0, to: wholeColumns, by: 8) {
      transposeBlock(
        matrix.row(row) + column, stride: matrix.stride, into: result.row(column) + row,
        stride: result.stride)
    }
  }
  for row in 0..<matrix.rows {
    for column in (row < wholeRows ? wholeColumns : 0)..<matrix.columns {
      result[column, row] = matrix[row, column]
    }
  }
}

/// Eight rows of eight numbers. Three times, the first four vectors are interleaved with the last four:
/// each number's row and column, three bits each, turn by one bit, and have changed places.
@inline(__always)
private func transposeBlock(
  _ source: UnsafePointer<Float>, stride: Int, into result: UnsafeMutablePointer<Float>,
  stride resultStride: Int
) {
  var (a, b, c, d) = (
    load(source), load(source + stride), load(source + 2 * stride), load(source + 3 * stride)
  )
  var (e, f, g, h) = (
    load(source + 4 * stride), load(source + 5 * stride), load(source + 6 * stride),
    load(source + 7 * stride)
  )
  for _ in 0..<3 {
    (a, b, c, d, e, f, g, h) = (
      interleaved(a.lowHalf, e.lowHalf),
      interleaved(a.highHalf, e.highHalf),
      interleaved(b.lowHalf, f.lowHalf),
      interleaved(b.highHalf, f.highHalf),
      interleaved(c.lowHalf, g.lowHalf),
      interleaved(c.highHalf, g.highHalf),
      interleaved(d.lowHalf, h.lowHalf),
      interleaved(d.highHalf, h.highHalf)
    )
  }
  store(a, result)
  store(b, result + resultStride)
  store(c, result + 2 * resultStride)
  store(d, result + 3 * resultStride)
  store(e, result + 4 * resultStride)
  store(f, result + 5 * resultStride)
  store(g, result + 6 * resultStride)
  store(h, result + 7 * resultStride)
}

/// x₀ y₀ x₁ y₁ …
@inline(__always)
private func interleaved(_ x: SIMD4<Float>, _ y: SIMD4<Float>) -> Vector {
  Vector(x[0], y[0], x[1], y[1], x[2], y[2], x[3], y[3])
}
