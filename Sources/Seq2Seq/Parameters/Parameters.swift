/// The parameters of a model, with named slices.
///
/// Those that other ranks of the run have too may lie in memory that ranks share.
final class Parameters {
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// All but those that this rank alone has.
  private let common: FloatStorage
  /// Those that this rank alone has.
  private let sole: FloatStorage

  /// Zeros in the shape of `layout`.
  convenience init(layout: ParameterLayout) {
    self.init(layout: layout, common: FloatStorage(count: layout.commonCount))
  }

  /// The parameters in given memory, of `layout.commonCount` numbers.
  init(layout: ParameterLayout, common: FloatStorage) {
    precondition(common.count >= layout.commonCount, "memory for all common parameters")
    self.layout = layout
    self.common = common
    sole = FloatStorage(count: layout.sole.count)
  }

  /// A parameter as a matrix.
  func matrix(_ slice: ParameterSlice) -> Matrix {
    Matrix(pointer(slice), rows: slice.rows, columns: slice.columns)
  }

  /// Where a parameter begins.
  func pointer(_ slice: ParameterSlice) -> UnsafeMutablePointer<Float> {
    pointer(at: slice.offset)
  }

  /// Where the number at an offset of the layout is. Consecutive offsets are consecutive in memory
  /// up to the end of the dense, of the sole, or of all parameters.
  func pointer(at offset: Int) -> UnsafeMutablePointer<Float> {
    let alone = layout.sole
    if offset < alone.lowerBound { return common.base + offset }
    if offset < alone.upperBound { return sole.base + (offset - alone.lowerBound) }
    return common.base + (offset - alone.count)
  }

  /// Draws numbers uniformly from ±`range` (Sutskever et al. 2014, section 3.4: ±0.08).
  ///
  /// A number depends on the seed, its parameter's name and its index alone, so that it is the
  /// same whichever rank owns it.
  ///
  /// - Parameters:
  ///   - range: the largest magnitude.
  ///   - seed: of the run.
  ///   - slices: the parameters to draw; all of them if nil.
  func initializeUniformly(range: Float, seed: UInt64, _ slices: [ParameterSlice]? = nil) {
    for slice in slices ?? layout.all {
      let generator = CounterBasedGenerator(seed: seed, stream: slice.name)
      let values = pointer(slice)
      for index in 0..<slice.count {
        values[index] = generator.uniform(
          at: UInt64(slice.wholeOffset + index), in: -range...range)
      }
    }
  }
}

extension ParameterLayout {
  /// Numbers that are not this rank's alone.
  var commonCount: Int { count - sole.count }
}
