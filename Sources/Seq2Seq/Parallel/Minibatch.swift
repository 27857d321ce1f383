/// A minibatch as every rank knows it; each replica works on a local batch of it (data parallelism, as
/// PyTorch's DDP has it).
final class Minibatch {
  /// The step that trains on it.
  let step: Int
  private let pairs: [SentencePair]
  private let reverseSource: Bool
  private let replicas: Int
  private let costs: WordCosts
  private var localBatches: [Int: LocalBatch] = [:]

  init(
    _ pairs: [SentencePair], reverseSource: Bool, replicas: Int = 1, costs: WordCosts = WordCosts(),
    step: Int = 0
  ) {
    self.step = step
    self.costs = costs
    self.pairs = pairs
    self.reverseSource = reverseSource
    self.replicas = replicas
  }

  /// What one replica works on.
  func local(toReplica replica: Int) -> LocalBatch {
    if let batch = localBatches[replica] { return batch }
    let numbers = WorkBalance.sentences(
      of: pairs, replica: replica, replicas: replicas, costs: costs)
    let batch = LocalBatch(
      numbers.map { pairs[$0] }, reverseSource: reverseSource, numbers: numbers)
    localBatches[replica] = batch
    return batch
  }

  /// What the sum of the losses is multiplied by: one over the sentences of all replicas.
  var lossScale: Float { 1 / Float(pairs.count) }
}
