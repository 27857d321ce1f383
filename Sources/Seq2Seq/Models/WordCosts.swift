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
