/// A minibatch as every rank knows it; each replica works on a local batch of it (data parallelism, as
/// PyTorch's DDP has it).
final class Minibatch {
  private let pairs: [SentencePair]
  private let reverseSource: Bool
  private let replicas: Int
  private let costs: WordCosts
  private var localBatches: [Int: LocalBatch] = [:]

  init(
    _ pairs: [SentencePair], reverseSource: Bool, replicas: Int = 1, costs: WordCosts = WordCosts()
  ) {
    self.costs = costs
    self.pairs = pairs
    self.reverseSource = reverseSource
    self.replicas = replicas
  }

  /// What one replica works on.
  func local(toReplica replica: Int) -> LocalBatch {
    if let batch = localBatches[replica] { return batch }
    let batch = LocalBatch(
      WorkBalance.sentences(of: pairs, replica: replica, replicas: replicas, costs: costs),
      reverseSource: reverseSource)
    localBatches[replica] = batch
    return batch
  }

  /// What the sum of the losses is multiplied by: one over the sentences of all replicas.
  var lossScale: Float { 1 / Float(pairs.count) }
}
