/// Deals a corpus out in minibatches: a function of seed and epoch alone, so that whoever asks comes to
/// the same ones.
struct BatchSampler {
  /// Which sentences there are and how long they are.
  private let corpus: PairFile
  private let order: BatchOrder
  private let batchSize: Int
  private let seed: UInt64

  init(corpus: PairFile, order: BatchOrder, batchSize: Int, seed: Int) {
    self.corpus = corpus
    self.order = order
    self.batchSize = batchSize
    self.seed = UInt64(seed)
  }

  /// Minibatches in an epoch; the last one cut may be smaller than the others.
  var batchesPerEpoch: Int { (corpus.count + batchSize - 1) / batchSize }

  /// The minibatches of one epoch.
  struct Epoch {
    fileprivate var sentences: [Int32]
    fileprivate var ranges: [Range<Int>]

    /// How many minibatches there are.
    var count: Int { ranges.count }
    /// The sentences of a minibatch.
    subscript(batch: Int) -> ArraySlice<Int32> { sentences[ranges[batch]] }
  }

  /// Deals an epoch out.
  func epoch(_ number: Int) -> Epoch {
    var generator = SeededGenerator(seed: seed, stream: "epoch \(number)")
    var sentences = Array(0..<Int32(corpus.count))
    if order != .sequential { generator.shuffle(&sentences) }
    if order == .bucketed { sentences = sortedByLength(sentences) }
    var ranges = stride(from: 0, to: sentences.count, by: batchSize).map {
      $0..<min($0 + batchSize, sentences.count)
    }
    if order == .bucketed { generator.shuffle(&ranges) }
    return Epoch(sentences: sentences, ranges: ranges)
  }

  /// Sentences by the length of their source, then of their target; those of equal lengths keep
  /// their order.
  private func sortedByLength(_ sentences: [Int32]) -> [Int32] {
    let keys = sentences.enumerated().map { position, sentence in
      let source = corpus.sourceLength(Int(sentence))
      let target = corpus.targetLength(Int(sentence))
      // Targets go up for even source lengths and down for odd ones, so that a minibatch that
      // reaches from one source length into the next still has targets of about one length.
      let snake = source.isMultiple(of: 2) ? min(target, 0xFFFF) : 0xFFFF - min(target, 0xFFFF)
      return UInt64(min(source, 0xFFFF)) << 48 | UInt64(snake) << 32 | UInt64(position)
    }
    return keys.sorted().map { sentences[Int($0 & 0xFFFF_FFFF)] }
  }

  /// How large the minibatches of an epoch get.
  func bounds(of epoch: Epoch) -> BatchBounds {
    var bounds = BatchBounds()
    for batch in 0..<epoch.count {
      var extent = BatchExtent()
      for sentence in epoch[batch] {
        let own = BatchExtent(
          source: corpus.sourceLength(Int(sentence)), target: corpus.targetLength(Int(sentence)))
        extent += own
        bounds.longest = bounds.longest.union(own)
      }
      bounds.largest = bounds.largest.union(extent)
    }
    return bounds
  }

  /// The fraction of all steps that would be padding if every sentence of a minibatch took as many
  /// steps as its longest one; `<eos>` counts as a step of the target.
  func paddingWaste(of epoch: Epoch) -> Double {
    var used = 0
    var padded = 0
    for batch in 0..<epoch.count {
      let sources = epoch[batch].map { corpus.sourceLength(Int($0)) }
      let targets = epoch[batch].map { corpus.targetLength(Int($0)) + 1 }
      used += sources.reduce(0, +) + targets.reduce(0, +)
      padded += sources.count * ((sources.max() ?? 0) + (targets.max() ?? 0))
    }
    return padded == 0 ? 0 : 1 - Double(used) / Double(padded)
  }
}
