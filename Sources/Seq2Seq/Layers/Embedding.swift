/// A table of vectors, one for each symbol: `[V, E]`.
struct Embedding: Sendable {
  /// The table.
  let table: ParameterSlice
  /// Its place among the layout's tables.
  let tableIndex: Int

  /// Adds a table to a layout.
  init(_ name: String, vocabularySize: Int, size: Int, to layout: inout ParameterLayout) {
    tableIndex = layout.tables.count
    table = layout.addTable("\(name).weight", rows: vocabularySize, columns: size)
  }

  /// Memory of the backward pass, kept from batch to batch.
  final class Cache {
    fileprivate var order: [Int32] = []
  }

  /// Looks symbols up: `[N]` to `[N, E]`.
  func forward(_ symbols: ArraySlice<Int32>, into output: Matrix, parameters: Parameters) {
    let table = parameters.matrix(table)
    for (row, symbol) in symbols.enumerated() {
      output.row(row).update(from: table.row(Int(symbol)), count: table.columns)
    }
  }

  /// Sums the gradients of the symbols, `[N, E]`, into one row for each distinct symbol.
  ///
  /// The gradient of a table is assigned, not added to: a table is looked up once in a step.
  /// Occurrences of one symbol are summed in the order of their positions.
  func backward(
    _ symbols: [Int32], outputGradient: Matrix, gradients: Gradients, cache: Cache
  ) {
    let width = table.columns
    cache.order.removeAll(keepingCapacity: true)
    cache.order.append(contentsOf: 0..<Int32(symbols.count))
    cache.order.sort { (symbols[Int($0)], $0) < (symbols[Int($1)], $1) }
    gradients.tables[tableIndex].clear()
    for position in cache.order {
      let source = outputGradient.row(Int(position))
      let symbol = symbols[Int(position)]
      if gradients.tables[tableIndex].rows.last != symbol {
        gradients.tables[tableIndex].rows.append(symbol)
        gradients.tables[tableIndex].values.append(
          contentsOf: UnsafeBufferPointer(start: source, count: width))
      } else {
        gradients.tables[tableIndex].values.withUnsafeMutableBufferPointer { values in
          let sum = values.baseAddress! + (values.count - width)
          for column in 0..<width { sum[column] += source[column] }
        }
      }
    }
  }
}
