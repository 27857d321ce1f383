/// A table of vectors, one for each symbol: `[V, E]`.
struct Embedding: Sendable {
  /// The table.
  let table: ParameterSlice
  /// Its index among the layout's tables; nil where it is a dense matrix that another layer has too
  /// (Press & Wolf 2017: tied embeddings).
  let tableIndex: Int?

  /// Adds a table to a layout.
  ///
  /// - Parameter isOneHotMap: whether it is the weight of an affine map of one-hot symbols, transposed,
  ///   and starts as such.
  init(
    _ name: String, vocabularySize: Int, size: Int, isOneHotMap: Bool = false,
    to layout: inout ParameterLayout
  ) {
    tableIndex = layout.tables.count
    table = layout.addTable(
      "\(name).weight", rows: vocabularySize, columns: size,
      start: isOneHotMap ? .weight(fanIn: vocabularySize) : .embedding)
  }

  /// The rows of a dense matrix as vectors.
  private init(tiedTo matrix: ParameterSlice) { (table, tableIndex) = (matrix, nil) }

  /// The table of a decoder, or, of a model whose output layer is tied to it, that layer's weights.
  ///
  /// - Parameters:
  ///   - name: the table's name.
  ///   - vocabularySize: V.
  ///   - size: E.
  ///   - output: the output layer if it is tied; it is in the same part then.
  ///   - layout: receives the table, unless it is tied.
  static func table(
    _ name: String, vocabularySize: Int, size: Int, tiedTo output: SoftmaxOutput?,
    to layout: inout ParameterLayout
  ) -> Embedding {
    output.map { Embedding(tiedTo: $0.weight) }
      ?? Embedding(name, vocabularySize: vocabularySize, size: size, to: &layout)
  }

  /// Looks symbols up: `[N]` to `[N, E]`.
  func forward(_ symbols: ArraySlice<Int32>, into output: Matrix, parameters: Parameters) {
    let table = parameters.matrix(table)
    for (row, symbol) in symbols.enumerated() {
      output.row(row).update(from: table.row(Int(symbol)), count: table.columns)
    }
  }

  /// Adds the gradients of distinct symbols' vectors, row by row.
  ///
  /// - Parameters:
  ///   - values: `[symbols, E]`.
  ///   - symbols: each once.
  ///   - gradients: receive them; a table's are assigned, for nothing else reads one.
  func addGradients(_ values: Matrix, of symbols: [Int32], to gradients: Gradients) {
    // Rows of a table's gradient stand in the order of their symbols.
    let order = symbols.indices.sorted { symbols[$0] < symbols[$1] }
    if let tableIndex {
      let rows = gradients.tables[tableIndex].begin(rows: order.map { symbols[$0] })
      for (index, row) in order.enumerated() {
        rows.row(index).update(from: values.row(row), count: values.columns)
      }
    } else {
      let (matrix, holdsValues) = gradients.accumulator(for: table)
      if !holdsValues { matrix.clear() }
      for row in order {
        let symbol = Int(symbols[row])
        matrix[rows: symbol..<symbol + 1].add(values[rows: row..<row + 1])
      }
    }
  }
}
