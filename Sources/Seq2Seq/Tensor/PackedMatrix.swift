import Foundation

/// A matrix B, `[K, N]`, laid out for products `A · B` or `Aᵀ · B`.
///
/// The recurrent product of a layer has as many rows as the minibatch has sentences, and is done once
/// per step with the same weights. A general matrix product lays those weights out anew each time,
/// which costs it a third of its speed; here it is done once per batch. Panels of some columns stand
/// one after the other, each in full rows, and a kernel for the processor at hand (`Kernel`)
/// multiplies blocks of A by one panel after the other.
final class PackedMatrix {
  private let kernel: Kernel
  private let poll: () -> Void
  private let storage = FloatStorage()
  private var blocks: [FloatStorage] = []
  private var inner = 0
  private var columns = 0
  private var panelCount = 0

  /// - Parameters:
  ///   - kernel: what multiplies.
  ///   - poll: called every millisecond or so of a product, on the main thread if several compute it.
  init(kernel: Kernel = .best, poll: @escaping () -> Void = {}) {
    self.kernel = kernel
    self.poll = poll
  }

  /// Takes the numbers of B from Bᵀ, for good.
  convenience init(_ transposed: TransposedMatrix) {
    self.init()
    pack(transposed)
  }

  /// Takes the numbers of B as they are now.
  func pack(_ matrix: Matrix) {
    reserve(inner: matrix.rows, columns: matrix.columns)
    let whole = columns / kernel.width
    // Some rows at a time: going down whole columns would touch a page at every step.
    for first in stride(from: 0, to: inner, by: 32) {
      let ks = first..<min(first + 32, inner)
      for panel in 0..<whole {
        for k in ks {
          let (source, target) = (matrix.row(k) + panel * kernel.width, address(panel, k))
          for lane in stride(from: 0, to: kernel.width, by: 8) {
            store(load(source + lane), target + lane)
          }
        }
      }
      if whole < panelCount {
        let first = whole * kernel.width
        for k in ks {
          address(whole, k).update(from: matrix.row(k) + first, count: columns - first)
        }
      }
    }
  }

  /// Takes the numbers of B from Bᵀ, `[N, K]`, as they are now.
  func pack(_ transposed: TransposedMatrix) {
    let matrix = transposed.matrix
    reserve(inner: matrix.columns, columns: matrix.rows)
    for panel in 0..<panelCount {
      let columns = columns(of: panel)
      transpose(
        matrix[rows: columns],
        into: Matrix(
          address(panel, 0), rows: inner, columns: columns.count, stride: kernel.width))
    }
  }

  private func reserve(inner: Int, columns: Int) {
    self.inner = inner
    self.columns = columns
    panelCount = (columns + kernel.width - 1) / kernel.width
    _ = storage.matrix(rows: panelCount, columns: inner * kernel.width)
    // The kernel multiplies what stands beside the last columns too, and drops it.
    if columns % kernel.width > 0 {
      address(panelCount - 1, 0).update(repeating: 0, count: inner * kernel.width)
    }
  }

  /// Row `k` of a panel.
  private func address(_ panel: Int, _ k: Int) -> UnsafeMutablePointer<Float> {
    storage.base + (panel * inner + k) * kernel.width
  }

  private func columns(of panel: Int) -> Range<Int> {
    panel * kernel.width..<min((panel + 1) * kernel.width, columns)
  }

  /// `result = A · B` or, if `isTransposed`, `Aᵀ · B`; or adds to it.
  fileprivate func multiply(
    _ left: Matrix, isTransposed: Bool, into result: Matrix, accumulate: Bool
  ) {
    result.assertAlive()
    left.assertAlive()
    assert(result.columns == columns)
    assert(result.rows == (isTransposed ? left.columns : left.rows))
    assert(isTransposed ? left.rows == inner : left.columns == inner)
    guard result.rows > 0, columns > 0 else { return }
    guard inner > 0 else { return accumulate ? () : result.clear() }
    let product = Product(
      left: left, isTransposed: isTransposed, result: result, accumulate: accumulate)
    // Whoever packs a block of Aᵀ uses it for all panels.
    let parts = min(
      MatrixThreads.count, isTransposed ? result.rows : panelCount,
      1 + result.rows * inner * columns / Self.worthAThread)
    // Products with B as it lies there leave this object as it is: threads may do several at one time.
    while isTransposed, blocks.count < parts { blocks.append(FloatStorage()) }
    guard parts > 1 else {
      return multiply(product, rows: 0..<result.rows, panels: 0..<panelCount, poll: poll)
    }
    let work = Work(matrix: self, product: product)
    WorkerThreads.shared.perform(parts: parts) { part in
      let (rows, panels) = (0..<work.product.result.rows, 0..<work.matrix.panelCount)
      work.matrix.multiply(
        work.product, rows: isTransposed ? rows.evenPart(part, of: parts) : rows,
        panels: isTransposed ? panels : panels.evenPart(part, of: parts), part: part,
        poll: Thread.isMainThread ? work.matrix.poll : {})
    }
  }

  /// What is multiplied, and where the result goes.
  private struct Product {
    let left: Matrix
    let isTransposed: Bool
    let result: Matrix
    let accumulate: Bool
  }

  /// What threads share: each writes a part of the result of its own.
  private struct Work: @unchecked Sendable {
    let matrix: PackedMatrix
    let product: Product
  }

  /// Rows of A's blocks, and their longest inner dimension: a block stays in the second-level cache,
  /// and what a tile reads of it and of a panel in the first.
  private static let blockRows = 72
  private static let blockInner = 512

  /// Multiply-adds that take about as long as it takes a thread to wake up.
  private static let worthAThread = 1 << 20

  private func multiply(
    _ product: Product, rows: Range<Int>, panels: Range<Int>, part: Int = 0, poll: () -> Void
  ) {
    let result = product.result
    for ks in (0..<inner).evenParts(atMost: Self.blockInner) {
      for rows in rows.evenParts(atMost: Self.blockRows) {
        let block = block(of: product, rows: rows, ks: ks, part: part)
        for panel in panels {
          let columns = columns(of: panel)
          let next = panel + 1 < panels.upperBound ? panel + 1 : panels.lowerBound
          kernel.multiply(
            block, by: address(panel, ks.lowerBound),
            into: result[rows: rows, columns: columns],
            accumulate: product.accumulate || ks.lowerBound > 0,
            next: address(next, ks.lowerBound))
        }
        poll()
      }
    }
  }

  /// Some rows of A or Aᵀ, and of these some columns.
  private func block(
    of product: Product, rows: Range<Int>, ks: Range<Int>, part: Int
  ) -> Kernel.Block {
    let (down, along) = product.isTransposed ? (ks, rows) : (rows, ks)
    let block = product.left[rows: down, columns: along]
    guard product.isTransposed else { return .init(block) }
    let memory = blocks[part].matrix(rows: rows.count, columns: ks.count).base
    return kernel.pack(block.transposed, into: memory)
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
