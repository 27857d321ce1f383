/// What one rank computes of a step: a model, or the rank's part of one, with its parameters, gradients
/// and memory.
final class Worker {
  let model: any Model
  let parameters: Parameters
  let gradients: Gradients
  private let run: any ModelRun
  private let replica: Int
  private let dropout: (Int) -> Dropout?
  private let links: any StageLinks
  private let softmax: any SoftmaxWork
  private let reduce: (Range<Int>) throws -> Void
  private let finishStep: () throws -> Void
  private var batch: Minibatch?

  /// A whole model in one process.
  ///
  /// - Parameter dropout: what is dropped of inputs in a step of training.
  init(
    _ model: any Model, parameters: Parameters, dropout: @escaping (Int) -> Dropout? = { _ in nil }
  ) {
    guard let output = model.output else { preconditionFailure("a whole model") }
    self.model = model
    self.parameters = parameters
    gradients = Gradients(layout: model.layout)
    replica = 0
    self.dropout = dropout
    links = NoLinks()
    softmax = LocalSoftmax(output: output, replica: 0)
    reduce = { _ in }
    finishStep = {}
    run = model.makeRun()
  }

  /// A rank's part of a model.
  init(
    _ model: any Model, parameters: Parameters, reduction: GradientReduction,
    dropout: @escaping (Int) -> Dropout?, in context: RankContext
  ) {
    self.model = model
    self.parameters = parameters
    gradients = reduction.gradients
    reduce = reduction.gradientsReady
    replica = context.coordinate.replica
    self.dropout = dropout
    links = context.links()
    softmax = context.softmaxWork(model)
    finishStep = context.transfers.finish
    run = model.makeRun(poll: reduction.poll)
  }

  /// Computes −Σ log p of a minibatch's targets, of which this rank returns what it counts. The softmax
  /// goes forward and back in one pass, because logits never exist all at once: its gradients, and
  /// those of the top rows, are there afterwards.
  func forward(_ batch: Minibatch) throws -> Double {
    self.batch = batch
    gradients.clear()
    return try loss(of: batch, gradients: gradients)
  }

  /// Computes the gradients of the minibatch that went forward last.
  func backward() throws {
    guard let batch else { preconditionFailure("backward() comes after forward(_:)") }
    // The softmax had its backward pass with its forward pass.
    if let output = model.output, !model.announcesOutput { try gradientsReady(output.range) }
    if !model.part.layers.isEmpty {
      try run.backward(batch.local(toReplica: replica), in: context(batch, gradients: gradients))
    }
    try finishStep()
    self.batch = nil
  }

  /// −Σ log p of a minibatch's targets, of which this rank returns what it counts, without
  /// gradients.
  func evaluate(_ batch: Minibatch) throws -> Double {
    let loss = try loss(of: batch, gradients: nil)
    try finishStep()
    return loss
  }

  private func loss(of batch: Minibatch, gradients: Gradients?) throws -> Double {
    var top: TopRows?
    if !model.part.layers.isEmpty {
      top = try run.forward(
        batch.local(toReplica: replica), in: context(batch, gradients: gradients))
    }
    return try softmax.lossAndGradients(
      batch, top: top, parameters: parameters, gradients: gradients)
  }

  private func context(_ batch: Minibatch, gradients: Gradients?) -> PassContext {
    PassContext(
      parameters: parameters, gradients: gradients,
      dropout: gradients == nil ? nil : dropout(batch.step), links: links,
      gradientsReady: gradientsReady)
  }

  /// Hands the gradients of a bucket over, which are complete.
  private func gradientsReady(_ range: Range<Int>) throws {
    gradients.zeroUntouched(in: range)
    try reduce(range)
  }
}
