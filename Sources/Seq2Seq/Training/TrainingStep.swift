import Distributed

/// One step of training, over the ranks of a grid.
struct TrainingStep {
  let replica: Replica
  var optimizer: any Optimizer
  let clipNorm: Double
  private let place: GridPlace
  private let exchange: GradientExchange

  init(_ replica: Replica, optimizer: any Optimizer, clipNorm: Double, at place: GridPlace) {
    self.replica = replica
    self.optimizer = optimizer
    self.clipNorm = clipNorm
    self.place = place
    exchange = GradientExchange(over: place.peers)
  }

  /// What a step found.
  struct Result {
    /// −Σ log p over the whole minibatch.
    let loss: Double
    /// ‖g‖₂ of the whole minibatch and model, before clipping.
    let norm: Double
  }

  /// Trains on a minibatch, of which every rank is given the same sentences.
  ///
  /// - Throws: `InputError` if the gradient is not finite; the parameters are as they were.
  mutating func run(_ batch: WholeBatch, learningRate: Double) throws -> Result {
    let part = try replica.forward(batch)  // receives, computes, passes on
    try replica.backward()
    try sumOverReplicas()  // before clipping
    let result = try total(loss: part)  // the norm over every parameter, each counted once
    guard result.norm.isFinite, result.loss.isFinite else { throw Self.diverged }
    optimizer.update(
      replica.parameters, replica.gradients, clippedTo: clipNorm, norm: result.norm,
      learningRate: learningRate)
    return result
  }

  private func sumOverReplicas() throws {
    try place.timeline.record(.exchanging, "gradients") {
      try exchange.sum(replica.gradients, replicated: replicated)
    }
    place.timeline.computes("norm and update")
  }

  /// The dense parameters that other replicas have too; what comes after them is this rank's alone.
  private var replicated: Range<Int> {
    let layout = replica.network.layout
    guard place.ownsOutputAlone, let output = replica.network.output else {
      return 0..<layout.denseCount
    }
    return 0..<output.weight.offset
  }

  /// Loss and norm of the whole model from those of the ranks' parts.
  private func total(loss: Double) throws -> Result {
    let gradients = replica.gradients
    var squares = gradients.sumOfSquares(dense: replicated.upperBound..<gradients.dense.count)
    // Replicas hold the same sums: one of them counts.
    if place.coordinate.replica == 0 {
      squares += gradients.sumOfSquares(dense: replicated) + gradients.sumOfSquaresOfTables()
    }
    var totals = [loss, squares]
    try place.timeline.record(.exchanging, "loss and norm") {
      try place.world.allReduce(&totals)
    }
    return Result(loss: totals[0], norm: totals[1].squareRoot())
  }

  private static let diverged = InputError(
    "the training has diverged: the gradient is not finite; what was saved before is intact, try "
      + "a lower training.learningRate", kind: .stopped, isShared: true)
}

extension GradientExchange {
  /// Replaces gradients by their sum over the ranks: of the dense ones those in `replicated`.
  func sum(_ gradients: Gradients, replicated: Range<Int>) throws {
    try Matrix(gradients.dense.base + replicated.lowerBound, rows: 1, columns: replicated.count)
      .withMutableSpan { try sum(&$0) }
    for table in gradients.tables { try sum(table) }
  }

  private func sum(_ table: RowGradient) throws {
    var (rows, values) = (table.rows, Array(table.values.constantMemory))
    try sum(rows: &rows, values: &values, width: table.width)
    let result = table.begin(rows: rows)
    for (index, value) in values.enumerated() { result.base[index] = value }
  }
}
