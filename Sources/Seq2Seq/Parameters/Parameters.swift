/// The parameters of a model, with named slices.
///
/// Those that other processes have too may lie in memory that they share.
final class Parameters {
  /// Where each parameter lies.
  let layout: ParameterLayout
  /// Those that may lie in memory that others see.
  private let replicated: FloatStorage
  /// Those that nobody else has.
  private let local: FloatStorage

  /// Zeros in the shape of `layout`.
  convenience init(layout: ParameterLayout) {
    self.init(layout: layout, replicated: FloatStorage(count: layout.replicatedCount))
  }

  /// The parameters in given memory, of `layout.replicatedCount` numbers.
  init(layout: ParameterLayout, replicated: FloatStorage) {
    precondition(replicated.count >= layout.replicatedCount, "memory for all replicated parameters")
    self.layout = layout
    self.replicated = replicated
    local = FloatStorage(count: layout.local.count)
  }

  /// A parameter as a matrix.
  func matrix(_ slice: ParameterSlice) -> Matrix {
    let (storage, offset) = location(of: slice.offset)
    return storage.matrix(from: offset, rows: slice.rows, columns: slice.columns)
  }

  /// Where a parameter begins.
  func pointer(_ slice: ParameterSlice) -> UnsafeMutablePointer<Float> {
    pointer(at: slice.offset)
  }

  /// Where the number at an offset of the layout is. Consecutive offsets are consecutive in memory
  /// up to the end of the dense, of the local, or of all parameters.
  func pointer(at offset: Int) -> UnsafeMutablePointer<Float> {
    let (storage, position) = location(of: offset)
    return storage.base + position
  }

  private func location(of offset: Int) -> (storage: FloatStorage, offset: Int) {
    let range = layout.local
    if offset < range.lowerBound { return (replicated, offset) }
    if offset < range.upperBound { return (local, offset - range.lowerBound) }
    return (replicated, offset - range.count)
  }
}

extension ParameterLayout {
  /// Numbers that others may have too.
  var replicatedCount: Int { count - local.count }
}
