/// The parameters of a model in one slab, with named slices.
final class Parameters {
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// The slab.
  let storage: FloatStorage

  /// Zeros in the shape of `layout`.
  init(layout: ParameterLayout) {
    self.layout = layout
    storage = FloatStorage(count: layout.count)
  }

  /// A parameter as a matrix.
  func matrix(_ slice: ParameterSlice) -> Matrix {
    Matrix(storage.base + slice.offset, rows: slice.rows, columns: slice.columns)
  }

  /// Where a parameter begins.
  func pointer(_ slice: ParameterSlice) -> UnsafeMutablePointer<Float> {
    storage.base + slice.offset
  }

  /// Draws every number uniformly from ±`range` (Sutskever et al. 2014, section 3.4: ±0.08).
  ///
  /// A number depends on the seed, its parameter's name and its index alone, so that it is the
  /// same whichever rank owns it.
  func initializeUniformly(range: Float, seed: UInt64) {
    for slice in layout.all {
      let generator = CounterBasedGenerator(seed: seed, stream: slice.name)
      let values = pointer(slice)
      for index in 0..<slice.count {
        values[index] = generator.uniform(
          at: UInt64(slice.wholeOffset + index), in: -range...range)
      }
    }
  }
}
