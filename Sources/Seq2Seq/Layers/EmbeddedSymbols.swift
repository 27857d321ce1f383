/// The input of the lowest layer of a stack: symbols, looked up in an embedding table.
///
/// Each *distinct* symbol is looked up and multiplied with the input weights once, and its occurrences get
/// copies; backwards the gradients of its occurrences are summed first, in the order of their rows, and
/// multiplied once. A stage that reads a chunk of time steps computes what is new in it.
final class EmbeddedSymbols {
  private let embedding: Embedding
  private let distinct: DistinctSymbols
  /// How many have been projected.
  private var projected = 0
  private let vectorStorage = FloatStorage()
  private let gateStorage = FloatStorage()
  private let valueStorage = FloatStorage()

  init(_ embedding: Embedding) {
    self.embedding = embedding
    distinct = DistinctSymbols(vocabularySize: embedding.table.rows)
  }

  /// E.
  var size: Int { embedding.table.columns }

  /// Begins a minibatch with these symbols, one per row.
  func begin(_ symbols: [Int32]) {
    distinct.begin(symbols)
    projected = 0
  }

  /// The products of the vectors of some rows and the input weights.
  ///
  /// - Parameters:
  ///   - rows: they follow those of the call before.
  ///   - weight: the input weights, transposed, `[E, G·H]`.
  ///   - gates: `[rows, G·H]`, assigned.
  ///   - parameters: has the table.
  func project(
    rows: Range<Int>, weight: PackedMatrix, into gates: Matrix, parameters: Parameters
  ) {
    let vectors = vectorStorage.matrix(rows: distinct.count, columns: size)
    let products = gateStorage.matrix(rows: distinct.count, columns: gates.columns)
    let known = distinct.rowNumbers[rows].reduce(projected) { max($0, Int($1) + 1) }
    let new = projected..<known
    embedding.forward(distinct.symbols[new], into: vectors[rows: new], parameters: parameters)
    multiply(vectors[rows: new], weight, into: products[rows: new])
    projected = known
    distinct.spread(products, to: rows, into: gates)
  }

  /// Adds the gradient of the input weights and that of the table.
  ///
  /// - Parameters:
  ///   - gateGradients: `[N, G·H]`.
  ///   - weight: `[G·H, E]`.
  ///   - weightGradient: `[G·H, E]`, and whether something was added to it before.
  ///   - gradients: receive the rows of the table.
  ///   - packed: memory for the products.
  func addGradients(
    gateGradients: Matrix, weight: Matrix, weightGradient: (matrix: Matrix, holdsValues: Bool),
    gradients: Gradients, packed: PackedMatrix
  ) {
    let sums = gateStorage.matrix(rows: distinct.count, columns: weight.rows)
    distinct.sum(gateGradients, into: sums)
    let vectors = vectorStorage.matrix(rows: distinct.count, columns: size)
    packed.pack(vectors)
    multiply(
      sums.transposed, packed, into: weightGradient.matrix, accumulate: weightGradient.holdsValues)
    let values = valueStorage.matrix(rows: distinct.count, columns: size)
    packed.pack(weight)
    multiply(sums, packed, into: values)
    embedding.addGradients(values, of: distinct.symbols, to: gradients)
  }

  /// Copies the vectors of all rows, for a layer that reads something else beside them, or not all of them.
  ///
  /// - Parameter result: `[N, E]`, assigned.
  func vectors(into result: Matrix, parameters: Parameters) {
    let vectors = vectorStorage.matrix(rows: distinct.count, columns: size)
    embedding.forward(distinct.symbols[...], into: vectors, parameters: parameters)
    distinct.spread(vectors, to: 0..<distinct.rowNumbers.count, into: result)
  }

  /// Adds the gradient of the table from that of all rows' vectors, `[N, E]`.
  func addGradients(vectorGradients: Matrix, gradients: Gradients) {
    let sums = valueStorage.matrix(rows: distinct.count, columns: size)
    distinct.sum(vectorGradients, into: sums)
    embedding.addGradients(sums, of: distinct.symbols, to: gradients)
  }
}

/// What a recurrent layer reads.
enum LayerInput {
  /// One vector per row, `[N, I]`.
  case vectors(Matrix)
  /// One symbol per row.
  case symbols(EmbeddedSymbols)
}
