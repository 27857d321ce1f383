/// The input of the lowest layer of a stack: symbols, looked up in an embedding table.
///
/// A minibatch of text repeats its words, and what a word adds to the gates is the same wherever it
/// stands. So each *distinct* symbol is looked up and multiplied with the input weights once, and
/// its occurrences get copies; backwards the gradients of its occurrences are summed first, in the
/// order of their rows, and multiplied once. Symbols are numbered as they first occur, so that a
/// stage that reads a chunk of time steps computes what is new in it.
final class EmbeddedSymbols {
  private let embedding: Embedding
  /// The number of each symbol of the vocabulary in this minibatch, or -1.
  private var numbers: [Int32]
  /// The distinct symbols, by number.
  private var distinct: [Int32] = []
  /// The number of the symbol of each row.
  private var rowNumbers: [Int32] = []
  /// How many have been projected.
  private var projected = 0
  private let vectorStorage = FloatStorage()
  private let gateStorage = FloatStorage()
  private let sortedStorage = FloatStorage()

  init(_ embedding: Embedding) {
    self.embedding = embedding
    numbers = [Int32](repeating: -1, count: embedding.table.rows)
  }

  /// E.
  var size: Int { embedding.table.columns }

  /// Begins a minibatch with these symbols, one per row.
  func begin(_ symbols: [Int32]) {
    distinct.removeAll(keepingCapacity: true)
    rowNumbers.removeAll(keepingCapacity: true)
    for symbol in symbols {
      if numbers[Int(symbol)] < 0 {
        numbers[Int(symbol)] = Int32(distinct.count)
        distinct.append(symbol)
      }
      rowNumbers.append(numbers[Int(symbol)])
    }
    for symbol in distinct { numbers[Int(symbol)] = -1 }
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
    let known = rowNumbers[rows].reduce(projected) { max($0, Int($1) + 1) }
    let new = projected..<known
    embedding.forward(distinct[new], into: vectors[rows: new], parameters: parameters)
    multiply(vectors[rows: new], weight, into: products[rows: new])
    projected = known
    rowNumbers.withUnsafeBufferPointer { numbers in
      for row in rows {
        gates.row(row - rows.lowerBound).update(
          from: products.row(Int(numbers[row])), count: products.columns)
      }
    }
  }

  /// Adds the gradient of the input weights and assigns that of the table.
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
    // Rows of a table's gradient stand in the order of their symbols.
    let order = distinct.indices.sorted { distinct[$0] < distinct[$1] }
    let sums = gateStorage.matrix(rows: distinct.count, columns: weight.rows)
    sums.clear()
    rowNumbers.withUnsafeBufferPointer { numbers in
      for row in 0..<gateGradients.rows {
        sums[rows: Int(numbers[row])..<Int(numbers[row]) + 1].add(
          gateGradients[rows: row..<row + 1])
      }
    }
    let vectors = vectorStorage.matrix(rows: distinct.count, columns: size)
    packed.pack(vectors)
    multiply(
      sums.transposed, packed, into: weightGradient.matrix, accumulate: weightGradient.holdsValues)
    let values = sortedStorage.matrix(rows: distinct.count, columns: size)
    packed.pack(weight)
    multiply(sums, packed, into: values)
    let table = gradients.tables[embedding.tableIndex].begin(rows: order.map { distinct[$0] })
    for (index, number) in order.enumerated() {
      table.row(index).update(from: values.row(number), count: size)
    }
  }
}

/// What a recurrent layer reads.
enum LayerInput {
  /// One vector per row, `[N, I]`.
  case vectors(Matrix)
  /// One symbol per row.
  case symbols(EmbeddedSymbols)
}
