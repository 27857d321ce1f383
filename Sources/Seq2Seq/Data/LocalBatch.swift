/// A source sentence and its translation, as symbols of their vocabularies, without `<eos>`.
public struct SentencePair: Sendable, Equatable {
  /// The source sentence in reading order; empty where a model has no source.
  public var source: [Int32]
  /// The target sentence.
  public var target: [Int32]

  /// A pair.
  public init(source: [Int32], target: [Int32]) {
    self.source = source
    self.target = target
  }
}

/// Sequences of a minibatch, ready for a model: all of them, or those that one of several models works on.
///
/// Of sentences, the encoder reads the source, reversed if the model wants it so (Sutskever et al. 2014,
/// section 3.3), without `<eos>`. The decoder reads `<eos> y1 … yn` and predicts `y1 … yn <eos>`. Of streams,
/// the decoder reads the symbol before each that it predicts.
struct LocalBatch {
  /// What the encoder reads; sequences without a step where there is no source.
  let source: PackedSymbols
  /// What the decoder reads.
  let targetInput: PackedSymbols
  /// What the decoder should say, `[N]`, in the packing of `targetInput`; `SoftmaxOutput.noTarget` for
  /// what counts in nothing.
  let targetOutput: [Int32]
  /// For each sequence of the decoder, where the encoder has it.
  let encoderSequence: [Int]
  /// For each sequence of the encoder and of the decoder, the number of its sentence or stream in the whole
  /// minibatch.
  let sourceNumbers: [Int]
  let targetNumbers: [Int]
  /// Whether its sequences go on where those of the pass before ended, and do not start from the state zero.
  let continues: Bool

  /// How many sequences there are.
  var sentenceCount: Int { targetInput.packing.sequenceCount }

  /// Sentences.
  ///
  /// - Parameters:
  ///   - pairs: the sentences.
  ///   - reverseSource: whether the encoder reads them backwards.
  ///   - numbers: which of the whole minibatch they are; all of them if nil.
  ///   - ignoringUnknown: whether `<unk>` as a target counts in nothing.
  init(
    _ pairs: [SentencePair], reverseSource: Bool, numbers: [Int]? = nil,
    ignoringUnknown: Bool = false
  ) {
    self.init(
      sources: pairs.map { reverseSource ? $0.source.reversed() : $0.source },
      inputs: pairs.map { [Vocabulary.endOfSentence] + $0.target },
      outputs: pairs.map { $0.target + [Vocabulary.endOfSentence] },
      numbers: numbers ?? Array(pairs.indices), continues: false, ignoringUnknown: ignoringUnknown)
  }

  /// Some streams of a block.
  ///
  /// - Parameters:
  ///   - block: of all streams.
  ///   - streams: which of them.
  ///   - ignoringUnknown: whether `<unk>` as a target counts in nothing.
  init(_ block: StreamBlock, streams: Range<Int>, ignoringUnknown: Bool) {
    self.init(
      sources: streams.map { _ in [] }, inputs: streams.map { block.inputs[$0] },
      outputs: streams.map { block.targets[$0] }, numbers: Array(streams),
      continues: block.continues, ignoringUnknown: ignoringUnknown)
  }

  private init(
    sources: [[Int32]], inputs: [[Int32]], outputs: [[Int32]], numbers: [Int], continues: Bool,
    ignoringUnknown: Bool
  ) {
    source = PackedSymbols(sources)
    targetInput = PackedSymbols(inputs)
    let targets = PackedSymbols(outputs).symbols
    targetOutput =
      ignoringUnknown
      ? targets.map { $0 == Vocabulary.unknown ? SoftmaxOutput.noTarget : $0 } : targets
    let sourceSequences = source.sequences
    encoderSequence = targetInput.order.map { sourceSequences[$0] }
    sourceNumbers = source.order.map { numbers[$0] }
    targetNumbers = targetInput.order.map { numbers[$0] }
    self.continues = continues
  }
}
