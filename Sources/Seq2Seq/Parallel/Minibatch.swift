/// A minibatch as every rank knows it; each replica works on a local batch of it (data parallelism, as
/// PyTorch's DDP has it).
final class Minibatch {
  /// The step that trains on it.
  let step: Int
  /// How much it holds, over all replicas.
  let counts: BatchCounts
  private let batch: Batch
  private let rules: Rules
  private let replicas: Int
  private let costs: WordCosts
  private var localBatches: [Int: LocalBatch] = [:]

  /// How minibatches are read, and what counts in them.
  struct Rules: Sendable {
    /// Whether the encoder reads sentences backwards.
    var reverseSource = true
    /// Whether `<unk>` as a target counts in nothing.
    var ignoresUnknown = false
    /// What the sum of the losses is divided by.
    var lossUnit = Configuration.Training.LossUnit.sentence
  }

  /// - Parameters:
  ///   - batch: all of it.
  ///   - rules: how it is read.
  ///   - replicas: how many share it.
  ///   - costs: by which sentences are dealt out; streams are dealt out by their numbers, so that each stays
  ///     where its state is.
  ///   - step: the step that trains on it.
  init(
    _ batch: Batch, rules: Rules = Rules(), replicas: Int = 1, costs: WordCosts = WordCosts(),
    step: Int = 0
  ) {
    self.step = step
    self.batch = batch
    self.rules = rules
    self.replicas = replicas
    self.costs = costs
    counts = BatchCounts(batch, ignoringUnknown: rules.ignoresUnknown)
  }

  /// What one replica works on.
  func local(toReplica replica: Int) -> LocalBatch {
    if let batch = localBatches[replica] { return batch }
    let batch = makeLocal(toReplica: replica)
    localBatches[replica] = batch
    return batch
  }

  private func makeLocal(toReplica replica: Int) -> LocalBatch {
    switch batch {
    case .sentences(let pairs):
      let numbers = WorkBalance.sentences(
        of: pairs, replica: replica, replicas: replicas, costs: costs)
      return LocalBatch(
        numbers.map { pairs[$0] }, reverseSource: rules.reverseSource, numbers: numbers,
        ignoringUnknown: rules.ignoresUnknown)
    case .block(let block):
      return LocalBatch(
        block, streams: block.targets.indices.evenPart(replica, of: replicas),
        ignoringUnknown: rules.ignoresUnknown)
    }
  }

  /// What the sum of the losses is multiplied by: one over the sentences, or the symbols that count, of all
  /// replicas.
  var lossScale: Float { 1 / Float(counts.divisor(per: rules.lossUnit)) }
}

extension Minibatch.Rules {
  /// Those of a configuration.
  init(_ configuration: Configuration) {
    self.init(
      reverseSource: configuration.data.reverseSource,
      ignoresUnknown: configuration.training.ignoreUnknown, lossUnit: configuration.lossUnit)
  }
}
