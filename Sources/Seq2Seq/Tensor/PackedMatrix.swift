import CBLAS
import Foundation

/// A matrix B, `[K, N]`, laid out for products `A · B` or `Aᵀ · B`.
///
/// The recurrent product of an LSTM has as many rows as the minibatch has sentences, and is done once
/// a step with the same weights. A general matrix product lays those weights out anew each time,
/// which costs it a third of its speed; here it is done once a batch. Panels of some columns stand
/// one after the other, each in full rows, and kernels that are generated for the processor at hand
/// (`PanelKernel`) multiply blocks of A by one panel after the other.
final class PackedMatrix {
  private let storage = FloatStorage()
  private var inner = 0
  private var columns = 0
  private var panels: [Range<Int>] = []

  /// Rows of A's blocks, and the longest inner dimension of a block: together with a panel they
  /// stay in the second-level cache.
  private static let blockRows = 128
  private static let blockInner = 1024

  /// Takes the numbers of B as they are now.
  func pack(_ matrix: Matrix) {
    reserve(inner: matrix.rows, columns: matrix.columns)
    for columns in panels {
      let panel = storage.base + columns.lowerBound * inner
      for k in 0..<inner {
        (panel + k * columns.count).update(
          from: matrix.row(k) + columns.lowerBound, count: columns.count)
      }
    }
  }

  /// Takes the numbers of B from Bᵀ, `[N, K]`, as they are now.
  func pack(_ transposed: TransposedMatrix) {
    let matrix = transposed.matrix
    reserve(inner: matrix.columns, columns: matrix.rows)
    for columns in panels {
      let (panel, width) = (storage.base + columns.lowerBound * inner, columns.count)
      for column in stride(from: 0, to: width, by: 8) {
        let count = min(8, width - column)
        let source = matrix[rows: columns.lowerBound + column..<columns.lowerBound + column + count]
        transpose(source, into: Matrix(panel + column, rows: inner, columns: count, stride: width))
      }
    }
  }

  private func reserve(inner: Int, columns: Int) {
    _ = storage.matrix(rows: inner, columns: columns)
    self.inner = inner
    guard columns != self.columns else { return }
    self.columns = columns
    panels = []
    let width = PanelKernel.panelWidth
    var first = 0
    while first < columns {
      // A narrow last panel is slow; one that is wider than the others is not.
      let rest = columns - first
      let own = rest < width + width / 2 ? rest : width
      panels.append(first..<first + own)
      first += own
    }
  }

  /// `result = A · B` or, if `isTransposed`, `Aᵀ · B`; or adds to it.
  fileprivate func multiply(
    _ left: Matrix, isTransposed: Bool, into result: Matrix, accumulate: Bool
  ) {
    assert(result.columns == columns)
    assert(isTransposed ? left.rows == inner : left.columns == inner)
    guard result.rows > 0, columns > 0 else { return }
    guard inner > 0 else { return accumulate ? () : result.clear() }
    let threads = min(MatrixThreads.count, panels.count)
    guard threads > 1 else {
      return multiply(panels[...], left, isTransposed, into: result, accumulate: accumulate)
    }
    let view = Operands(matrix: self, left: left, result: result)
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      let count = view.matrix.panels.count
      let own = view.matrix.panels[count * thread / threads..<count * (thread + 1) / threads]
      view.matrix.multiply(
        own, view.left, isTransposed, into: view.result, accumulate: accumulate)
    }
  }

  /// What threads share: each writes columns of its own.
  private struct Operands: @unchecked Sendable {
    let matrix: PackedMatrix
    let left: Matrix
    let result: Matrix
  }

  private func multiply(
    _ panels: ArraySlice<Range<Int>>, _ left: Matrix, _ isTransposed: Bool, into result: Matrix,
    accumulate: Bool
  ) {
    let innerCount = (inner + Self.blockInner - 1) / Self.blockInner
    let rowCount = (result.rows + Self.blockRows - 1) / Self.blockRows
    for innerBlock in 0..<innerCount {
      let ks = inner * innerBlock / innerCount..<inner * (innerBlock + 1) / innerCount
      for rowBlock in 0..<rowCount {
        let rows = result.rows * rowBlock / rowCount..<result.rows * (rowBlock + 1) / rowCount
        var kernel = PanelKernel(
          rows: rows.count, inner: ks.count, leftStride: left.stride,
          leftIsTransposed: isTransposed, resultStride: result.stride,
          accumulate: accumulate || innerBlock > 0)
        let (down, along) =
          isTransposed ? (ks.lowerBound, rows.lowerBound) : (rows.lowerBound, ks.lowerBound)
        for columns in panels {
          kernel.multiply(
            left.row(down) + along,
            by: storage.base + columns.lowerBound * inner + ks.lowerBound * columns.count,
            width: columns.count, into: result.row(rows.lowerBound) + columns.lowerBound)
        }
      }
    }
  }
}

/// `result = left · right`, or adds to it.
func multiply(
  _ left: Matrix, _ right: PackedMatrix, into result: Matrix, accumulate: Bool = false
) {
  right.multiply(left, isTransposed: false, into: result, accumulate: accumulate)
}

/// `result = leftᵀ · right`, or adds to it.
func multiply(
  _ left: TransposedMatrix, _ right: PackedMatrix, into result: Matrix, accumulate: Bool = false
) {
  right.multiply(left.matrix, isTransposed: true, into: result, accumulate: accumulate)
}
