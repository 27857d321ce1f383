import Foundation

/// OpenBLAS's general product, to compare with. This program does not need it, so it is looked for
/// when it is wanted.
struct OpenBLAS {
  private typealias SetThreads = @convention(c) (Int32) -> Void
  /// `cblas_sgemm`: order and transpositions; rows, columns, inner dimension; α, A, B, β, C.
  private typealias Multiply =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32,
      UnsafePointer<Float>, Int32, Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void

  private let multiply: Multiply

  /// Loads the library; nil if this machine has none.
  ///
  /// - Parameter threads: that a product may use.
  init?(threads: Int) {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
      let multiply = dlsym(library, "cblas_sgemm")
    else { return nil }
    if let set = dlsym(library, "openblas_set_num_threads") {
      unsafeBitCast(set, to: SetThreads.self)(Int32(threads))
    }
    self.multiply = unsafeBitCast(multiply, to: Multiply.self)
  }

  /// `result = left · right`.
  func multiply(_ left: Matrix, _ right: Matrix, into result: Matrix) {
    multiply(left, false, right, false, into: result)
  }

  /// `result = left · rightᵀ`.
  func multiply(_ left: Matrix, _ right: TransposedMatrix, into result: Matrix) {
    multiply(left, false, right.matrix, true, into: result)
  }

  /// `result = leftᵀ · right`.
  func multiply(_ left: TransposedMatrix, _ right: Matrix, into result: Matrix) {
    multiply(left.matrix, true, right, false, into: result)
  }

  private func multiply(
    _ left: Matrix, _ leftIsTransposed: Bool, _ right: Matrix, _ rightIsTransposed: Bool,
    into result: Matrix
  ) {
    // The numbers of the constants in cblas.h.
    let (rowMajor, plain, transposed): (Int32, Int32, Int32) = (101, 111, 112)
    multiply(
      rowMajor, leftIsTransposed ? transposed : plain, rightIsTransposed ? transposed : plain,
      Int32(result.rows), Int32(result.columns),
      Int32(leftIsTransposed ? left.rows : left.columns), 1, left.base, Int32(left.stride),
      right.base, Int32(right.stride), 0, result.base, Int32(result.stride))
  }
}
