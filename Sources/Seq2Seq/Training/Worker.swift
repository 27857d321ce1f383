/// What one rank computes of a step: a model, or the rank's part of one, with its parameters,
/// gradients and memory.
final class Worker {
  let network: EncoderDecoder
  let parameters: Parameters
  let gradients: Gradients
  private let replica: Int
  private let links: any StageLinks
  private let softmax: any SoftmaxWork
  private let observer: any BackwardObserver
  private let finishStep: () throws -> Void
  private let cache: EncoderDecoder.Cache
  private var batch: Minibatch?

  /// A whole model in one process.
  init(_ network: EncoderDecoder, parameters: Parameters) {
    guard let output = network.output else { preconditionFailure("a whole model") }
    self.network = network
    self.parameters = parameters
    gradients = Gradients(layout: network.layout)
    replica = 0
    links = NoLinks()
    softmax = LocalSoftmax(output: output, replica: 0)
    observer = NoObserver()
    finishStep = {}
    cache = EncoderDecoder.Cache(for: network)
  }

  /// A rank's part of a model.
  init(
    _ network: EncoderDecoder, parameters: Parameters, gradients: GradientReduction,
    in context: RankContext
  ) {
    self.network = network
    self.parameters = parameters
    self.gradients = gradients.gradients
    observer = gradients
    replica = context.coordinate.replica
    links = context.links()
    softmax = context.softmaxWork(network)
    finishStep = context.transfers.finish
    cache = EncoderDecoder.Cache(for: network, poll: gradients.poll)
  }

  /// Computes −Σ log p of a minibatch's targets, of which this rank returns what it counts, and
  /// begins the gradients.
  func forward(_ batch: Minibatch) throws -> Double {
    self.batch = batch
    gradients.clear()
    return try run(batch, gradients: gradients)
  }

  /// Computes the gradients of the minibatch that went forward last.
  func backward() throws {
    guard let batch else { preconditionFailure("backward() comes after forward(_:)") }
    if let output = network.output {
      gradients.zeroUntouched(output.weight)  // where no sentence fell to this rank
      try observer.didComplete(output.range)
    }
    if !network.part.layers.isEmpty {
      try network.backward(
        batch.local(toReplica: replica), parameters: parameters, gradients: gradients, cache: cache,
        links: links, observer: observer)
    }
    try finishStep()
    self.batch = nil
  }

  /// −Σ log p of a minibatch's targets, of which this rank returns what it counts, without
  /// gradients.
  func evaluate(_ batch: Minibatch) throws -> Double {
    let loss = try run(batch, gradients: nil)
    try finishStep()
    return loss
  }

  private func run(_ batch: Minibatch, gradients: Gradients?) throws -> Double {
    let part = network.part.layers
    if !part.isEmpty {
      try network.forward(
        batch.local(toReplica: replica), parameters: parameters, cache: cache, links: links,
        isTraining: gradients != nil)
    }
    let isLast = !part.isEmpty && part.upperBound == network.shape.layerCount
    return try softmax.run(
      batch, hidden: isLast ? cache.lstm.decoder.output : nil,
      outputGradient: isLast ? cache.outputGradient.decoder : nil, parameters: parameters,
      gradients: gradients)
  }
}
