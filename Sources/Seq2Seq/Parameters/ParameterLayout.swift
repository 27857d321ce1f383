/// One parameter of a model: a matrix (or a vector, as one row) with a name and a range of a slab.
struct ParameterSlice: Sendable, Equatable {
  /// PyTorch's name, as it stands in `model.safetensors`.
  let name: String
  /// Rows; 1 for a vector.
  let rows: Int
  /// Columns.
  let columns: Int
  /// Whether it is a vector, which is saved with one dimension.
  let isVector: Bool
  /// Where it begins in the slab.
  let offset: Int
  /// The numbers of the whole parameter that come before these: not 0 where this is a slice.
  var wholeOffset = 0
  /// The name under which other programs have a parameter that is added to this one: it is saved as
  /// zeros, and read as a part of the sum.
  var addend: String?

  /// What it starts as where numbers are drawn by what they do (`model.init: xavier`).
  var start = Start.bias
  /// The elements to which `model.forgetBias` is added at the start.
  var forgetGate: Range<Int>?

  /// What a parameter does.
  enum Start: Sendable, Equatable {
    /// Vectors of symbols.
    case embedding
    /// A sum of so many numbers.
    case weight(fanIn: Int)
    /// What is added.
    case bias
  }

  /// How many numbers it has.
  var count: Int { rows * columns }
  /// Its range in the slab.
  var range: Range<Int> { offset..<offset + count }
  /// Its shape as it is saved.
  var shape: [Int] { isVector ? [columns] : [rows, columns] }
}

/// Where each parameter of a model lies in the slab that holds them all.
///
/// Dense parameters come first; gradients have a slab with the same layout of that part. Tables
/// (embeddings) come after them: their gradients are rows, not slabs.
struct ParameterLayout: Sendable {
  /// Parameters with a gradient for every number.
  private(set) var dense: [ParameterSlice] = []
  /// Embedding tables, `[V, E]`.
  private(set) var tables: [ParameterSlice] = []
  /// Numbers in the dense parameters.
  private(set) var denseCount = 0
  /// Numbers in all.
  private(set) var count = 0
  /// The last dense numbers, which nobody else has: a slice of the output layer where every part of
  /// the model has one.
  private(set) var local = 0..<0

  /// Every parameter.
  var all: [ParameterSlice] { dense + tables }

  /// Adds a dense matrix `[rows, columns]`.
  mutating func addMatrix(_ name: String, rows: Int, columns: Int) -> ParameterSlice {
    addMatrix(name, rows: 0..<rows, columns: columns)
  }

  /// Adds some rows of a dense matrix.
  ///
  /// - Parameter start: what it does; if nil, it multiplies `columns` numbers.
  mutating func addMatrix(
    _ name: String, rows: Range<Int>, columns: Int, start: ParameterSlice.Start? = nil
  ) -> ParameterSlice {
    var slice = ParameterSlice(
      name: name, rows: rows.count, columns: columns, isVector: false, offset: count)
    slice.wholeOffset = rows.lowerBound * columns
    slice.start = start ?? .weight(fanIn: columns)
    return add(slice)
  }

  /// Adds a dense vector `[count]`.
  mutating func addVector(
    _ name: String, count: Int, addend: String? = nil, forgetGate: Range<Int>? = nil
  ) -> ParameterSlice {
    addVector(name, elements: 0..<count, addend: addend, forgetGate: forgetGate)
  }

  /// Adds some elements of a dense vector.
  mutating func addVector(
    _ name: String, elements: Range<Int>, addend: String? = nil, forgetGate: Range<Int>? = nil
  ) -> ParameterSlice {
    var slice = ParameterSlice(
      name: name, rows: 1, columns: elements.count, isVector: true, offset: count)
    (slice.wholeOffset, slice.addend) = (elements.lowerBound, addend)
    slice.forgetGate = forgetGate
    return add(slice)
  }

  /// Adds an embedding table `[rows, columns]`; all dense parameters have been added before.
  mutating func addTable(
    _ name: String, rows: Int, columns: Int, start: ParameterSlice.Start = .embedding
  ) -> ParameterSlice {
    var slice = ParameterSlice(
      name: name, rows: rows, columns: columns, isVector: false, offset: count)
    slice.start = start
    tables.append(slice)
    count += slice.count
    return slice
  }

  /// Declares that nobody else has the dense parameters from `first` on.
  mutating func markLocal(from first: ParameterSlice) {
    local = first.offset..<denseCount
  }

  private mutating func add(_ slice: ParameterSlice) -> ParameterSlice {
    precondition(tables.isEmpty, "dense parameters come before tables")
    dense.append(slice)
    count += slice.count
    denseCount = count
    return slice
  }
}
