import Foundation

/// LAPACK's eigenvectors of a symmetric matrix, and BLAS's product that makes one. Matrices are column by
/// column, of which the upper triangle is read.
///
/// It is opened where it is wanted: on many machines it is OpenBLAS, which starts a thread per core in every
/// process that has it, and a training wants none of them.
struct LAPACK {
  // Fortran takes everything by address, and the lengths of texts behind all else.
  private typealias Count = UnsafePointer<Int32>
  private typealias Text = UnsafePointer<CChar>
  private typealias Numbers = UnsafeMutablePointer<Double>
  private typealias Integers = UnsafeMutablePointer<Int32>
  /// `dsyrk`: uplo, trans, n, k, α, a, lda, β, c, ldc.
  private typealias Square =
    @convention(c) (
      Text, Text, Count, Count, UnsafePointer<Double>, UnsafePointer<Double>, Count,
      UnsafePointer<Double>, Numbers, Count, Int, Int
    ) -> Void
  /// `dsyevr`: jobz, range, uplo, n, a, lda, vl, vu, il, iu, abstol, m, w, z, ldz, isuppz, work, lwork, iwork,
  /// liwork, info.
  private typealias Eigenvectors =
    @convention(c) (
      Text, Text, Text, Count, Numbers, Count, UnsafePointer<Double>, UnsafePointer<Double>, Count,
      Count, UnsafePointer<Double>, Integers, Numbers, Numbers, Count, Integers, Numbers, Count,
      Integers, Count, Integers, Int, Int, Int
    ) -> Void

  private let square: Square
  private let eigenvectors: Eigenvectors

  /// Opens the library.
  ///
  /// - Throws: `InputError` if this machine has none.
  init() throws {
    // That of BLAS is found through LAPACK's, which needs it.
    guard let library = dlopen("liblapack.so.3", RTLD_NOW | RTLD_LOCAL),
      let square = dlsym(library, "dsyrk_"), let eigenvectors = dlsym(library, "dsyevr_")
    else {
      throw InputError(
        "this machine has no LAPACK (liblapack.so.3), which finds the components; install Debian's "
          + "liblapack3", kind: .usage)
    }
    self.square = unsafeBitCast(square, to: Square.self)
    self.eigenvectors = unsafeBitCast(eigenvectors, to: Eigenvectors.self)
  }

  /// Adds a factor times its transpose to a matrix.
  ///
  /// - Parameters:
  ///   - side: n.
  ///   - factor: `[n, count]` and perhaps more.
  ///   - count: columns of the factor.
  ///   - matrix: `[n, n]`.
  func addSquare(side: Int, of factor: [Double], count: Int, to matrix: inout [Double]) {
    precondition(factor.count >= side * count && matrix.count == side * side)
    var (n, k, one) = (Int32(side), Int32(count), 1.0)
    square("U", "N", &n, &k, &one, factor, &n, &one, &matrix, &n, 1, 1)
  }

  /// The largest eigenvalues of a symmetric matrix, largest first, and their vectors.
  ///
  /// - Parameters:
  ///   - count: how many, from 1 to n.
  ///   - matrix: `[n, n]`.
  ///   - side: n.
  func largest(
    _ count: Int, of matrix: [Double], side: Int
  ) -> (values: [Double], vectors: [[Double]]) {
    precondition(matrix.count == side * side && (1...side).contains(count))
    var (matrix, n) = (matrix, Int32(side))
    var values = [Double](repeating: 0, count: side)
    var vectors = [Double](repeating: 0, count: side * count)
    var support = [Int32](repeating: 0, count: 2 * side)
    // What dsyevr wants at least is 26 and 10 per row; more lets it work by blocks.
    var work = [Double](repeating: 0, count: 66 * side)
    var integers = [Int32](repeating: 0, count: 10 * side)
    var (workCount, integerCount) = (Int32(work.count), Int32(integers.count))
    var (first, last, none) = (Int32(side - count + 1), Int32(side), 0.0)
    var (found, code) = (Int32(0), Int32(0))
    eigenvectors(
      "V", "I", "U", &n, &matrix, &n, &none, &none, &first, &last, &none, &found, &values, &vectors,
      &n, &support, &work, &workCount, &integers, &integerCount, &code, 1, 1, 1)
    precondition(
      code == 0 && found == count, "dsyevr finds eigenvectors of a symmetric matrix (\(code))")
    return (
      values[..<count].reversed(),
      (0..<count).reversed().map { Array(vectors[$0 * side..<($0 + 1) * side]) }
    )
  }
}
