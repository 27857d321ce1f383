/// The distinct symbols of a minibatch, numbered as they first occur.
///
/// A minibatch of text repeats its words, and what is computed of a word alone is the same wherever it
/// stands: it is computed once, and so is the gradient of it.
final class DistinctSymbols {
  /// The number of each symbol of the vocabulary in this minibatch, or -1.
  private var numbers: [Int32]
  /// The distinct symbols, by number.
  private(set) var symbols: [Int32] = []
  /// The number of the symbol of each row.
  private(set) var rowNumbers: [Int32] = []

  /// - Parameter vocabularySize: V.
  init(vocabularySize: Int) { numbers = [Int32](repeating: -1, count: vocabularySize) }

  /// How many there are.
  var count: Int { symbols.count }

  /// Begins a minibatch with these symbols, one per row.
  func begin(_ rows: [Int32]) {
    symbols.removeAll(keepingCapacity: true)
    rowNumbers.removeAll(keepingCapacity: true)
    for symbol in rows {
      if numbers[Int(symbol)] < 0 {
        numbers[Int(symbol)] = Int32(symbols.count)
        symbols.append(symbol)
      }
      rowNumbers.append(numbers[Int(symbol)])
    }
    for symbol in symbols { numbers[Int(symbol)] = -1 }
  }

  /// Copies each symbol's row to the rows where it stands.
  ///
  /// - Parameters:
  ///   - values: `[count, W]`.
  ///   - rows: which ones.
  ///   - result: `[rows, W]`, assigned.
  func spread(_ values: Matrix, to rows: Range<Int>, into result: Matrix) {
    rowNumbers.withUnsafeBufferPointer { numbers in
      for row in rows {
        result.row(row - rows.lowerBound).update(
          from: values.row(Int(numbers[row])), count: values.columns)
      }
    }
  }

  /// The sum of each symbol's rows, in their order.
  ///
  /// - Parameters:
  ///   - rows: `[N, W]`.
  ///   - result: `[count, W]`, assigned.
  func sum(_ rows: Matrix, into result: Matrix) {
    result.clear()
    rowNumbers.withUnsafeBufferPointer { numbers in
      for row in 0..<rows.rows {
        result[rows: Int(numbers[row])..<Int(numbers[row]) + 1].add(rows[rows: row..<row + 1])
      }
    }
  }
}
