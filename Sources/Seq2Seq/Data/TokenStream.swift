/// How a text of n symbols is cut into streams.
public struct StreamPlan: Sendable, Equatable {
  /// n, `<eos>` after each line counted.
  public let symbols: Int
  /// B.
  public let streams: Int
  /// Symbols of a stream, ⌊n/B⌋.
  public var length: Int { symbols / streams }
  /// Symbols at the end that no stream has.
  public var dropped: Int { symbols - streams * length }

  /// As many streams as a training is to have.
  ///
  /// - Parameters:
  ///   - symbols: of the text.
  ///   - training: how many streams there are to be, and how long blocks.
  /// - Throws: `InputError` if a stream is shorter than a block.
  public init(symbols: Int, _ training: Configuration.Training) throws {
    self.init(symbols: symbols, atMost: .max, training.batchSize)
    guard length >= training.blockLength else {
      throw InputError(
        "the text has \(symbols) symbols, so that each of training.batchSize \(streams) streams has "
          + "\(length), less than training.blockLength \(training.blockLength); make one of the two "
          + "smaller")
    }
  }

  /// `wanted` streams, or fewer where that is more than `limit`.
  fileprivate init(symbols: Int, atMost limit: Int, _ wanted: Int) {
    self.symbols = symbols
    streams = max(1, min(wanted, limit))
  }
}

/// A text as one sequence of symbols t₁ … tₙ, `<eos>` after each line, cut into streams that are read side by
/// side, a block of steps at a time (truncated backpropagation through time).
///
/// Nothing is copied but the block that is asked for.
final class TokenStream: BatchDealer {
  private let text: PairFile
  private let plan: StreamPlan
  private let blockLength: Int
  private let isStateful: Bool

  /// A text to train on.
  ///
  /// - Throws: `InputError` if a stream is shorter than a block.
  init(training text: PairFile, _ training: Configuration.Training) throws {
    self.text = text
    plan = try StreamPlan(symbols: text.streamSymbolCount, training)
    (blockLength, isStateful) = (training.blockLength, training.stateful)
  }

  /// A text to validate on, which may be short: it has no more streams than symbols.
  init(validation text: PairFile, _ training: Configuration.Training) {
    self.text = text
    let symbols = text.streamSymbolCount
    plan = StreamPlan(symbols: symbols, atMost: symbols, training.batchSize)
    (blockLength, isStateful) = (training.blockLength, training.stateful)
  }

  var batchesPerEpoch: Int { (plan.length + blockLength - 1) / blockLength }
  var bounds: BatchBounds {
    let length = min(blockLength, plan.length)
    return BatchBounds(
      largest: BatchExtent(symbols: plan.streams * length), longest: BatchExtent(symbols: length))
  }
  var summary: CorpusSummary { .streams(plan) }

  func batch(ofStep number: Int) -> Batch {
    let block = number % batchesPerEpoch
    let steps = block * blockLength..<min((block + 1) * blockLength, plan.length)
    let symbols = (0..<plan.streams).map { stream in
      // One more, before them: the input of the first.
      text.streamSymbols(
        stream * plan.length + steps.lowerBound - 1..<stream * plan.length + steps.upperBound)
    }
    return .block(StreamBlock(symbols, continues: isStateful && block > 0))
  }
}

// The lines of a text without translations as one stream, by where they stand in the file.
extension PairFile {
  /// Symbols of the stream: those of all lines, and an `<eos>` after each.
  var streamSymbolCount: Int { targetSymbolCount + count }

  /// Some consecutive symbols of the stream; before the first one stands an `<eos>`.
  fileprivate func streamSymbols(_ range: Range<Int>) -> [Int32] {
    var symbols: [Int32] = []
    symbols.reserveCapacity(range.count)
    var position = range.lowerBound
    if position < 0 {
      symbols.append(Vocabulary.endOfSentence)
      position = 0
    }
    var line = line(at: position)
    while position < range.upperBound {
      let (start, words) = (streamStart(ofLine: line), targetLength(line))
      let end = min(range.upperBound - start, words + 1)
      symbols += target(line, position - start..<min(end, words))
      if end > words { symbols.append(Vocabulary.endOfSentence) }
      line += 1
      position = start + end
    }
    return symbols
  }

  /// Where a line begins in the stream: an `<eos>` stands after each line before it.
  private func streamStart(ofLine line: Int) -> Int { symbols(before: line) + line }

  /// The line that has the symbol at a position of the stream.
  private func line(at position: Int) -> Int {
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if streamStart(ofLine: middle) <= position { low = middle } else { high = middle }
    }
    return low
  }
}
