/// Another vector, and how near it is.
public struct Neighbour: Sendable, Equatable {
  /// Its number, from 0.
  public let index: Int
  /// The cosine of the angle between the two, −1...1; 0 where one of them is zero, as that of an empty line is.
  public let cosine: Float
}

/// Calls `body` with each row's nearest other rows by cosine, nearest first; of equally near ones, that which
/// comes first.
///
/// - Parameters:
///   - wanted: how many of each; fewer than there are rows.
///   - vectors: `[n, D]`.
func nearestRows(
  _ wanted: Int, of vectors: Matrix, _ body: ([Neighbour]) throws -> Void
) rethrows {
  let (storage, results) = (FloatStorage(), FloatStorage())
  let units = storage.matrix(rows: vectors.rows, columns: vectors.columns)
  for row in 0..<vectors.rows { vectors.copyUnit(row, to: units.row(row)) }
  let packed = PackedMatrix(units.transposed)
  for start in stride(from: 0, to: vectors.rows, by: 64) {
    let rows = start..<min(start + 64, vectors.rows)
    let cosines = results.matrix(rows: rows.count, columns: vectors.rows)
    multiply(units[rows: rows], packed, into: cosines)
    for row in rows {
      let values = cosines.row(row - start)
      values[row] = -.infinity  // not itself
      try body(
        indicesOfLargest(wanted, of: values, count: vectors.rows).map {
          Neighbour(index: Int($0), cosine: min(1, max(-1, values[Int($0)])))
        })
    }
  }
}

extension Matrix {
  /// Writes a row at the length 1, or zeros if it is zero.
  fileprivate func copyUnit(_ row: Int, to target: UnsafeMutablePointer<Float>) {
    let numbers = self.row(row)
    // The squares of float32's largest numbers have no place in float32.
    var sum = 0.0
    for column in 0..<columns { sum += Double(numbers[column]) * Double(numbers[column]) }
    let factor = sum > 0 ? 1 / sum.squareRoot() : 0
    for column in 0..<columns { target[column] = Float(Double(numbers[column]) * factor) }
  }
}
