import CBLAS

#if canImport(CXSMM)
  import CXSMM
#endif

/// A weight matrix W, `[K, N]`, laid out for many products `X · W` with an X of few rows.
///
/// The recurrent product of an LSTM has as many rows as the minibatch has sentences, and is done once
/// a step with the same weights. A general matrix product lays those weights out anew each time,
/// which costs it a third of its speed; here it is done once a batch. Panels of 32 columns stand one
/// after the other, each `[K, 32]` in full rows, and a kernel that libxsmm generates for the processor at
/// hand (Heinecke et al., "LIBXSMM", SC 2016) multiplies X by one panel after the other.
final class PackedWeights {
  private let storage = FloatStorage()
  private var inner = 0
  private var columns = 0
  /// Columns of a panel: with 32, twelve AVX2 registers hold the sums of three rows.
  private static let panelWidth = 32

  /// Takes the numbers of W as they are now.
  func pack(_ matrix: Matrix) {
    reserve(inner: matrix.rows, columns: matrix.columns)
    forEachPanel { first, width, panel in
      for k in 0..<inner {
        (panel + k * width).update(from: matrix.row(k) + first, count: width)
      }
    }
  }

  /// Takes the numbers of W from Wᵀ, `[N, K]`, as they are now.
  func pack(_ transposed: TransposedMatrix) {
    let matrix = transposed.matrix
    reserve(inner: matrix.columns, columns: matrix.rows)
    forEachPanel { first, width, panel in
      // Sixteen columns of the panel's rows at a time: a cache line of each.
      var start = 0
      while start < inner {
        let end = min(start + 16, inner)
        for column in 0..<width {
          let source = matrix.row(first + column)
          for k in start..<end { panel[k * width + column] = source[k] }
        }
        start = end
      }
    }
  }

  private func reserve(inner: Int, columns: Int) {
    (self.inner, self.columns) = (inner, columns)
    _ = storage.matrix(rows: inner, columns: columns)
  }

  @inline(__always)
  private func forEachPanel(
    _ body: (_ first: Int, _ width: Int, _ panel: UnsafeMutablePointer<Float>) -> Void
  ) {
    var first = 0
    while first < columns {
      var width = min(Self.panelWidth, columns - first)
      // A narrow last panel is slow: one that is wider than others is not.
      let rest = columns - first - width
      if rest > 0, rest < Self.panelWidth / 2 { width += rest }
      body(first, width, storage.base + first * inner)
      first += width
    }
  }

  /// `result = left · W`, or `result += left · W`.
  fileprivate func multiply(_ left: Matrix, into result: Matrix, accumulate: Bool) {
    assert(left.columns == inner && result.rows == left.rows && result.columns == columns)
    guard left.rows > 0 else { return }
    var kernel = PanelKernel(
      rows: left.rows, inner: inner, leftStride: left.stride, resultStride: result.stride,
      accumulate: accumulate)
    forEachPanel { first, width, panel in
      kernel.multiply(left.base, by: panel, width: width, into: result.base + first)
    }
  }
}

/// `result = left · weights`, or `result += left · weights`.
func multiply(
  _ left: Matrix, _ weights: PackedWeights, into result: Matrix, accumulate: Bool = false
) {
  weights.multiply(left, into: result, accumulate: accumulate)
}

/// The product of some rows and one panel.
private struct PanelKernel {
  let rows: Int
  let inner: Int
  let leftStride: Int
  let resultStride: Int
  let accumulate: Bool
  #if canImport(CXSMM)
    private var kernel: libxsmm_smmfunction?
    private var kernelWidth = 0
  #endif

  init(rows: Int, inner: Int, leftStride: Int, resultStride: Int, accumulate: Bool) {
    self.rows = rows
    self.inner = inner
    self.leftStride = leftStride
    self.resultStride = resultStride
    self.accumulate = accumulate
  }

  mutating func multiply(
    _ left: UnsafePointer<Float>, by panel: UnsafePointer<Float>, width: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    #if canImport(CXSMM)
      if width != kernelWidth { generate(width: width) }
      if let kernel { return cxsmm_run(kernel, panel, left, result) }
    #endif
    // Where there is no generated code for the processor.
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(width), blasint(inner), 1,
      left, blasint(leftStride), panel, blasint(width), accumulate ? 1 : 0, result,
      blasint(resultStride))
  }

  #if canImport(CXSMM)
    /// Generates the code, or finds what was generated for the same sizes before.
    private mutating func generate(width: Int) {
      kernelWidth = width
      // libxsmm's matrices stand column by column: what it calls A is the panel, B the rows.
      var (panelStride, leftStride) = (blasint(width), blasint(leftStride))
      var resultStride = blasint(resultStride)
      var (alpha, beta): (Float, Float) = (1, accumulate ? 1 : 0)
      var (flags, prefetch): (Int32, Int32) = (0, 0)
      kernel = libxsmm_smmdispatch(
        blasint(width), blasint(rows), blasint(inner), &panelStride, &leftStride, &resultStride,
        &alpha, &beta, &flags, &prefetch)
    }
  #endif
}
