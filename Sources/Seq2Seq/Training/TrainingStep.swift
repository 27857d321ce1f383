import Distributed

/// One step of data-parallel training.
struct TrainingStep {
  let replica: Replica
  var optimizer: any Optimizer
  let clipNorm: Double
  let reverseSource: Bool
  private let communicator: Communicator
  private let exchange: GradientExchange

  init(
    _ replica: Replica, optimizer: any Optimizer, clipNorm: Double, reverseSource: Bool,
    over communicator: Communicator
  ) {
    self.replica = replica
    self.optimizer = optimizer
    self.clipNorm = clipNorm
    self.reverseSource = reverseSource
    self.communicator = communicator
    exchange = GradientExchange(over: communicator)
  }

  /// What a step found.
  struct Result {
    /// −Σ log p over the whole minibatch.
    let loss: Double
    /// ‖g‖₂ of the whole minibatch, before clipping.
    let norm: Double
  }

  /// Trains on a minibatch, of which every rank is given the same sentences.
  ///
  /// - Throws: `InputError` if the gradient is not finite; the parameters are as they were.
  mutating func run(_ pairs: [SentencePair], learningRate: Double) throws -> Result {
    let batch = share(of: pairs)
    let part = replica.forward(batch)
    replica.backward()
    try exchange.sum(replica.gradients)  // over the replicas, before clipping
    let norm = replica.gradients.globalNorm()  // over every parameter, each counted once
    let loss = try communicator.allReduce(part)
    guard norm.isFinite, loss.isFinite else { throw Self.diverged }
    optimizer.update(
      replica.parameters, replica.gradients, clippedTo: clipNorm, norm: norm,
      learningRate: learningRate)
    return Result(loss: loss, norm: norm)
  }

  private func share(of pairs: [SentencePair]) -> Minibatch {
    Minibatch(
      Minibatch.share(of: pairs, replica: communicator.rank, replicas: communicator.size),
      reverseSource: reverseSource, wholeSentenceCount: pairs.count)
  }

  private static let diverged = InputError(
    "the training has diverged: the gradient is not finite; what was saved before is intact, try "
      + "a lower training.learningRate", kind: .stopped, isShared: true)
}

extension GradientExchange {
  /// Replaces gradients by their sum over the ranks.
  func sum(_ gradients: Gradients) throws {
    try gradients.dense.withMutableSpan { try sum(&$0) }
    for index in gradients.tables.indices { try sum(&gradients.tables[index]) }
  }

  private func sum(_ table: inout RowGradient) throws {
    try sum(rows: &table.rows, values: &table.values, width: table.width)
  }
}
