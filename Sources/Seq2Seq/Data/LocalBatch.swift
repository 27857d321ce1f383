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

/// Sentences of a minibatch, ready for a model: all of them, or those that one of several models works on.
///
/// The encoder reads the source, reversed if the model wants it so (Sutskever et al. 2014,
/// section 3.3), without `<eos>`. The decoder reads `<eos> y1 … yn` and predicts `y1 … yn <eos>`.
struct LocalBatch {
  /// What the encoder reads.
  let source: PackedSymbols
  /// What the decoder reads.
  let targetInput: PackedSymbols
  /// What the decoder should say, `[N]`, in the packing of `targetInput`.
  let targetOutput: [Int32]
  /// For each sequence of the decoder, where the encoder has it.
  let encoderSequence: [Int]
  /// For each sequence of the encoder and of the decoder, the number of its sentence in the whole
  /// minibatch.
  let sourceNumbers: [Int]
  let targetNumbers: [Int]

  /// How many there are.
  var sentenceCount: Int { targetInput.packing.sequenceCount }

  /// - Parameters:
  ///   - pairs: the sentences.
  ///   - reverseSource: whether the encoder reads them backwards.
  ///   - numbers: which of the whole minibatch they are; all of them if nil.
  init(_ pairs: [SentencePair], reverseSource: Bool, numbers: [Int]? = nil) {
    source = PackedSymbols(pairs.map { reverseSource ? $0.source.reversed() : $0.source })
    targetInput = PackedSymbols(pairs.map { [Vocabulary.endOfSentence] + $0.target })
    targetOutput = PackedSymbols(pairs.map { $0.target + [Vocabulary.endOfSentence] }).symbols
    var encoderSequence = [Int](repeating: 0, count: pairs.count)
    for (sequence, sentence) in source.order.enumerated() { encoderSequence[sentence] = sequence }
    self.encoderSequence = targetInput.order.map { encoderSequence[$0] }
    let numbers = numbers ?? Array(pairs.indices)
    sourceNumbers = source.order.map { numbers[$0] }
    targetNumbers = targetInput.order.map { numbers[$0] }
  }
}
