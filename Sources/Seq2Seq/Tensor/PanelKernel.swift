import CBLAS

#if canImport(CXSMM)
  import CXSMM
#endif

/// The product of a block of a matrix and a panel of another, in code that libxsmm generates for the
/// sizes and for the processor at hand (Heinecke et al., "LIBXSMM", SC 2016), or by OpenBLAS where
/// libxsmm has none.
struct PanelKernel {
  private let rows: Int
  private let inner: Int
  private let leftStride: Int
  private let leftIsTransposed: Bool
  private let resultStride: Int
  private let accumulate: Bool
  #if canImport(CXSMM)
    private var kernel: libxsmm_smmfunction?
    private var kernelWidth = 0
  #endif

  /// - Parameters:
  ///   - rows: of the result.
  ///   - inner: columns of the left block; its rows if it is transposed.
  ///   - leftStride: of the left block.
  ///   - leftIsTransposed: whether it is read over its diagonal.
  ///   - resultStride: of the result.
  ///   - accumulate: whether the product is added to what is there.
  init(
    rows: Int, inner: Int, leftStride: Int, leftIsTransposed: Bool, resultStride: Int,
    accumulate: Bool
  ) {
    self.rows = rows
    self.inner = inner
    self.leftStride = leftStride
    self.leftIsTransposed = leftIsTransposed
    self.resultStride = resultStride
    self.accumulate = accumulate
  }

  /// Columns of a panel that suit the processor: four registers of AVX-512, four of AVX2.
  static let panelWidth: Int = {
    #if canImport(CXSMM)
      libxsmm_get_target_archid() >= LIBXSMM_X86_AVX512 ? 64 : 32
    #else
      32
    #endif
  }()

  /// Multiplies a block and a panel, `[inner, width]` without gaps.
  mutating func multiply(
    _ left: UnsafePointer<Float>, by panel: UnsafePointer<Float>, width: Int,
    into result: UnsafeMutablePointer<Float>
  ) {
    #if canImport(CXSMM)
      if width != kernelWidth { generate(width: width) }
      if let kernel { return cxsmm_run(kernel, panel, left, result) }
    #endif
    cblas_sgemm(
      CblasRowMajor, leftIsTransposed ? CblasTrans : CblasNoTrans, CblasNoTrans, blasint(rows),
      blasint(width), blasint(inner), 1, left, blasint(leftStride), panel, blasint(width),
      accumulate ? 1 : 0, result, blasint(resultStride))
  }

  #if canImport(CXSMM)
    /// Generates the code, or finds what was generated for the same sizes before.
    private mutating func generate(width: Int) {
      kernelWidth = width
      // libxsmm's matrices stand column by column: what it calls A is the panel, B the left block.
      var (panelStride, leftStride) = (blasint(width), blasint(leftStride))
      var resultStride = blasint(resultStride)
      var (alpha, beta): (Float, Float) = (1, accumulate ? 1 : 0)
      var flags = leftIsTransposed ? Int32(LIBXSMM_GEMM_FLAG_TRANS_B.rawValue) : 0
      var prefetch: Int32 = 0
      kernel = libxsmm_smmdispatch(
        blasint(width), blasint(rows), blasint(inner), &panelStride, &leftStride, &resultStride,
        &alpha, &beta, &flags, &prefetch)
    }
  #endif
}
