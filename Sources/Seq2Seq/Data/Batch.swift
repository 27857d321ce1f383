/// What a step works on.
enum Batch: Sendable {
  /// Sentences with their translations.
  case sentences([SentencePair])
  /// A block of a language model's streams.
  case block(StreamBlock)
}

/// Consecutive symbols of some streams, as many of each.
struct StreamBlock: Sendable, Equatable {
  /// What is read of each stream: of each target the symbol before it.
  let inputs: [[Int32]]
  /// What should be said.
  let targets: [[Int32]]
  /// Whether the state goes on from the block before, and is not zero.
  let continues: Bool
}

extension StreamBlock {
  /// A block of streams, of each of which the symbol before it is known too.
  ///
  /// - Parameters:
  ///   - symbols: of each stream, as many, and one more: the input of the first step.
  ///   - continues: whether the state goes on from the block before.
  init(_ symbols: [[Int32]], continues: Bool) {
    self.init(
      inputs: symbols.map { Array($0.dropLast()) }, targets: symbols.map { Array($0.dropFirst()) },
      continues: continues)
  }
}

/// How much some minibatches hold.
struct BatchCounts: Sendable, Equatable {
  /// Sentences, or streams.
  private(set) var sequences = 0
  /// Sentences that end.
  private(set) var sentences = 0
  /// Source words.
  private(set) var sourceWords = 0
  /// Target symbols, `<eos>` too.
  private(set) var targetSymbols = 0
  /// Those of them that count in the loss.
  private(set) var countedSymbols = 0

  /// Source and target words, as the paper counts them, without `<eos>`.
  var words: Int { sourceWords + targetSymbols - sentences }

  /// Counts nothing.
  init() {}

  /// Counts a minibatch.
  ///
  /// - Parameters:
  ///   - batch: all of it.
  ///   - ignoringUnknown: whether `<unk>` as a target counts in nothing.
  init(_ batch: Batch, ignoringUnknown: Bool) {
    switch batch {
    case .sentences(let pairs):
      (sequences, sentences) = (pairs.count, pairs.count)
      sourceWords = pairs.reduce(0) { $0 + $1.source.count }
      count(pairs.map(\.target), ignoringUnknown: ignoringUnknown)
      targetSymbols += sentences
      countedSymbols += sentences
    case .block(let block):
      sequences = block.targets.count
      sentences = block.targets.reduce(0) { $0 + $1.count { $0 == Vocabulary.endOfSentence } }
      count(block.targets, ignoringUnknown: ignoringUnknown)
    }
  }

  private mutating func count(_ targets: [[Int32]], ignoringUnknown: Bool) {
    targetSymbols = targets.reduce(0) { $0 + $1.count }
    countedSymbols = targetSymbols
    guard ignoringUnknown else { return }
    for target in targets { countedSymbols -= target.count { $0 == Vocabulary.unknown } }
  }

  /// What a sum of losses is divided by; 1 where nothing counts, for then the sum is 0.
  func divisor(per unit: Configuration.Training.LossUnit) -> Int {
    max(1, unit == .sentence ? sequences : countedSymbols)
  }

  /// Adds what others hold.
  static func += (left: inout BatchCounts, right: BatchCounts) {
    left.sequences += right.sequences
    left.sentences += right.sentences
    left.sourceWords += right.sourceWords
    left.targetSymbols += right.targetSymbols
    left.countedSymbols += right.countedSymbols
  }
}
