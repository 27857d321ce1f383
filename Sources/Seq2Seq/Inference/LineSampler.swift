import Foundation

/// Makes up lines by a language model, symbol by symbol.
public struct LineSampler {
  /// Symbols of a line at most, beside those that it begins with: a model may find no end.
  public static let limit = 1000
  /// Lines that are made up at a time.
  private static let batchSize = 32

  private let model: TrainedModel
  private let decoder: any ModelDecoder
  private let temperature: Double
  private let seed: UInt64

  /// - Parameters:
  ///   - model: a language model.
  ///   - temperature: T, by which logits are divided; 0 takes the likeliest symbol.
  ///   - seed: what is drawn follows from it, and from a line's number, alone.
  /// - Throws: `InputError` if the model translates.
  public init(_ model: TrainedModel, temperature: Double, seed: Int) throws {
    try model.checkSamples()
    self.model = model
    self.temperature = temperature
    self.seed = UInt64(seed)
    decoder = model.network.makeDecoder(model.parameters)
  }

  /// A line that was made up.
  public struct Line: Sendable, Equatable {
    /// What it says, from its beginning on.
    public var text: String
    /// Whether it ended by itself, within the limit.
    public var isComplete: Bool
  }

  /// The words of a beginning, and those of them that the model does not know.
  public func count(_ beginning: String) -> WordCounts {
    WordCounts(model.encodeTarget(beginning))
  }

  /// Makes up lines, in order.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - beginning: what each begins with.
  ///   - body: given each line.
  /// - Throws: `InputError` if the model computes no number; what `body` throws.
  public func lines(
    _ count: Int, beginning: String = "", _ body: (Line) throws -> Void
  ) throws {
    let known = model.encodeTarget(beginning)
    for start in stride(from: 0, to: count, by: Self.batchSize) {
      let numbers = start..<min(start + Self.batchSize, count)
      for line in try continuations(of: known, numbers) {
        let isComplete = line.last == Vocabulary.endOfSentence
        try body(
          Line(
            text: model.decodeTarget(isComplete ? line.dropLast() : line, after: beginning),
            isComplete: isComplete))
      }
    }
  }

  /// The symbols that follow a beginning, of each of some lines, with `<eos>` where a line ends.
  private func continuations(of beginning: [Int32], _ numbers: Range<Int>) throws -> [[Int32]] {
    var generators = numbers.map { SeededGenerator(seed: seed, stream: "line \($0)") }
    let state = decoder.start(numbers.map { _ in [] })
    for symbol in beginning {
      state.step(from: Array(generators.indices), symbols: generators.map { _ in symbol })
    }
    var lines = [[Int32]](repeating: [], count: numbers.count)
    // The decoder's rows are the lines that go on.
    var rows = Array(lines.indices)
    for _ in 0..<Self.limit {
      let logits = state.logits
      for (row, line) in rows.enumerated() {
        lines[line].append(try draw(from: logits, row: row, using: &generators[line]))
      }
      let parents = rows.indices.filter { lines[rows[$0]].last != Vocabulary.endOfSentence }
      rows = parents.map { rows[$0] }
      guard !rows.isEmpty else { break }
      state.step(from: parents, symbols: rows.map { lines[$0][lines[$0].count - 1] })
    }
    return lines
  }

  /// A symbol drawn from softmax(logits / T).
  private func draw(
    from logits: Matrix, row: Int, using generator: inout SeededGenerator
  ) throws -> Int32 {
    let values = UnsafeBufferPointer(start: logits.row(row), count: logits.columns)
    guard values.allSatisfy(\.isFinite) else { throw model.computesNoNumber }
    let best = indicesOfLargest(1, of: logits.row(row), count: logits.columns)[0]
    guard temperature > 0 else { return best }
    let largest = Double(values[Int(best)])
    let weights = values.map { exp((Double($0) - largest) / temperature) }
    var rest = Double(generator.next() >> 11) * 0x1p-53 * weights.reduce(0, +)
    for (symbol, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return Int32(symbol) }
    }
    // Rounding may leave a little after the last one.
    return best
  }
}

extension TrainedModel {
  /// Checks that lines can be made up by the model.
  fileprivate func checkSamples() throws {
    guard !isTranslator else {
      throw InputError(
        "the model \(path) translates, and makes up nothing; see 'launcher help translate'")
    }
  }
}
