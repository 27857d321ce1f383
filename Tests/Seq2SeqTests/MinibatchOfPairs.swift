@testable import Seq2Seq

extension Minibatch {
  /// A minibatch of sentences, as most tests have it.
  convenience init(
    _ pairs: [SentencePair], reverseSource: Bool, replicas: Int = 1, costs: WordCosts = WordCosts(),
    step: Int = 0
  ) {
    self.init(
      .sentences(pairs), rules: Rules(reverseSource: reverseSource), replicas: replicas,
      costs: costs, step: step)
  }
}
