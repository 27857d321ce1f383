import CKernels

/// What a layer computes, in loops that were compiled for the registers of the processor at hand: the
/// product of a block of a matrix and a panel of another, the cells of recurrent layers, and exponentials.
///
/// What decides the speed of a product is that the block's rows and the panel's come out of the caches in
/// the order in which they lie there. A general product (OpenBLAS's) lays both out anew at every
/// call, and generated code (libxsmm's) knows neither which panel comes next nor how to read a
/// block transposed; docs/performance.md has the measurements.
struct Kernel: Sendable {
  /// The loops.
  let functions: kernel
  /// Columns of a panel.
  var width: Int { functions.width }

  private init?(at index: Int) {
    guard let functions = kernel_at(index) else { return nil }
    self.functions = functions.pointee
  }

  /// Those that this processor can run, fastest first.
  static let available: [Kernel] = Array(
    sequence(first: 0) { $0 + 1 }.lazy.map(Kernel.init(at:)).prefix { $0 != nil }
  ).compactMap { $0 }

  /// The fastest.
  static let best = available[0]

  /// A block of a matrix as the kernel reads it.
  struct Block {
    fileprivate let rows: Int
    fileprivate let inner: Int
    fileprivate let numbers: UnsafePointer<Float>
    fileprivate let stride: Int

    /// The block as it lies there.
    init(_ block: Matrix) {
      (rows, inner, stride) = (block.rows, block.columns, block.stride)
      numbers = UnsafePointer(block.base)
    }

    fileprivate init(packed: UnsafePointer<Float>, rows: Int, inner: Int) {
      (self.rows, self.inner, numbers, stride) = (rows, inner, packed, 0)
    }
  }

  /// Lays out a block that is read transposed, for many products.
  ///
  /// - Parameter memory: receives as many numbers as the block has.
  func pack(_ block: TransposedMatrix, into memory: UnsafeMutablePointer<Float>) -> Block {
    let block = block.matrix
    functions.pack(block.columns, block.rows, block.base, block.stride, memory)
    return Block(packed: memory, rows: block.columns, inner: block.rows)
  }

  /// Multiplies a block and a panel into columns of `result`, which are as many as count of the
  /// panel's.
  ///
  /// - Parameters:
  ///   - block: `[rows, inner]`.
  ///   - panel: `[inner, width]`, without gaps.
  ///   - result: `[rows, columns]`, at most `width` columns.
  ///   - accumulate: whether the product is added to what is there.
  ///   - next: a panel that comes into the cache meanwhile.
  func multiply(
    _ block: Block, by panel: UnsafePointer<Float>, into result: Matrix, accumulate: Bool,
    next: UnsafePointer<Float>
  ) {
    functions.multiply(
      block.rows, block.inner, result.columns, block.numbers, block.stride, panel, result.base,
      result.stride, accumulate ? 1 : 0, next)
  }
}
