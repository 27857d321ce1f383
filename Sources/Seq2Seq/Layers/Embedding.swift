/// A table of vectors, one for each symbol: `[V, E]`.
struct Embedding: Sendable {
  /// The table.
  let table: ParameterSlice
  /// Its index among the layout's tables.
  let tableIndex: Int

  /// Adds a table to a layout.
  init(_ name: String, vocabularySize: Int, size: Int, to layout: inout ParameterLayout) {
    tableIndex = layout.tables.count
    table = layout.addTable("\(name).weight", rows: vocabularySize, columns: size)
  }

  /// Looks symbols up: `[N]` to `[N, E]`.
  func forward(_ symbols: ArraySlice<Int32>, into output: Matrix, parameters: Parameters) {
    let table = parameters.matrix(table)
    for (row, symbol) in symbols.enumerated() {
      output.row(row).update(from: table.row(Int(symbol)), count: table.columns)
    }
  }
}
