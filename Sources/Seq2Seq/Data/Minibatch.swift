/// A source sentence and its translation, as symbols of their vocabularies, without `<eos>`.
public struct SentencePair: Sendable, Equatable {
  /// The source sentence in reading order.
  public var source: [Int32]
  /// The target sentence.
  public var target: [Int32]

  /// A pair.
  public init(source: [Int32], target: [Int32]) {
    self.source = source
    self.target = target
  }
}

/// The sentences that one replica takes of a minibatch, ready for the model.
///
/// The encoder reads the source, reversed if the model wants it so (Sutskever et al. 2014,
/// section 3.3), without `<eos>`. The decoder reads `<eos> y1 … yn` and predicts `y1 … yn <eos>`.
struct Minibatch {
  /// What the encoder reads.
  let source: PackedSymbols
  /// What the decoder reads.
  let targetInput: PackedSymbols
  /// What the decoder should say, `[N]`, in the packing of `targetInput`.
  let targetOutput: [Int32]
  /// For each sequence of the decoder, where the encoder has it.
  let encoderSequence: [Int]

  /// Sentences that this replica takes.
  var sentenceCount: Int { targetInput.packing.sequenceCount }

  init(_ pairs: [SentencePair], reverseSource: Bool) {
    source = PackedSymbols(pairs.map { reverseSource ? $0.source.reversed() : $0.source })
    targetInput = PackedSymbols(pairs.map { [Vocabulary.endOfSentence] + $0.target })
    targetOutput = PackedSymbols(pairs.map { $0.target + [Vocabulary.endOfSentence] }).symbols
    var encoderSequence = [Int](repeating: 0, count: pairs.count)
    for (sequence, sentence) in source.order.enumerated() { encoderSequence[sentence] = sequence }
    self.encoderSequence = targetInput.order.map { encoderSequence[$0] }
  }

  /// One replica's share of a minibatch, such that all have about the same work: the sentences
  /// are dealt out costliest first, each to the replica that has the least.
  static func share(
    of pairs: [SentencePair], replica: Int, replicas: Int, costs: WordCosts = WordCosts()
  ) -> [SentencePair] {
    guard replicas > 1 else { return pairs }
    let work = pairs.map { costs.work($0) }
    let order = pairs.indices.sorted { (work[$1], $0) < (work[$0], $1) }
    var loads = [Int](repeating: 0, count: replicas)
    return order.compactMap { index in
      let owner = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
      loads[owner] += work[index]
      return owner == replica ? pairs[index] : nil
    }
  }
}

/// What words cost, in multiply-adds.
struct WordCosts: Sendable {
  /// A source word.
  var source = 1
  /// A target word, or `<eos>`: it meets the output layer too.
  var target = 1

  /// What a sentence and its translation cost.
  func work(_ pair: SentencePair) -> Int {
    pair.source.count * source + (pair.target.count + 1) * target
  }
}
