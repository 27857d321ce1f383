/// A minibatch as all replicas know it; each takes its share.
final class WholeBatch {
  private let pairs: [SentencePair]
  private let reverseSource: Bool
  private let replicas: Int
  private let costs: WordCosts
  private var shares: [Int: Minibatch] = [:]

  init(
    _ pairs: [SentencePair], reverseSource: Bool, replicas: Int = 1, costs: WordCosts = WordCosts()
  ) {
    self.costs = costs
    self.pairs = pairs
    self.reverseSource = reverseSource
    self.replicas = replicas
  }

  /// The sentences that a replica takes.
  func share(_ replica: Int) -> Minibatch {
    if let share = shares[replica] { return share }
    let share = Minibatch(
      Minibatch.share(of: pairs, replica: replica, replicas: replicas, costs: costs),
      reverseSource: reverseSource)
    shares[replica] = share
    return share
  }

  /// What the sum of the losses is multiplied by: one over the sentences of all replicas.
  var lossScale: Float { 1 / Float(pairs.count) }
}
