/// A model, or a rank's part of one, with its parameters, gradients and memory.
final class Replica {
  let network: EncoderDecoder
  let parameters: Parameters
  let gradients: Gradients
  private let replica: Int
  private let neighbours: any StageNeighbours
  private let softmax: any SoftmaxWork
  private let observer: any BackwardObserver
  private let finishStep: () throws -> Void
  private let cache: EncoderDecoder.Cache
  private var batch: WholeBatch?

  /// A whole model in one process.
  init(_ network: EncoderDecoder, parameters: Parameters) {
    guard let output = network.output else { preconditionFailure("a whole model") }
    self.network = network
    self.parameters = parameters
    gradients = Gradients(layout: network.layout)
    replica = 0
    neighbours = NoNeighbours()
    softmax = LocalSoftmax(output: output, replica: 0)
    observer = NoObserver()
    finishStep = {}
    cache = EncoderDecoder.Cache(for: network)
  }

  /// A rank's part, at its place in the process grid.
  init(
    _ network: EncoderDecoder, parameters: Parameters, gradients: SharedGradients,
    at place: GridPlace
  ) {
    self.network = network
    self.parameters = parameters
    self.gradients = gradients.gradients
    observer = gradients
    replica = place.coordinate.replica
    neighbours = place.neighbours()
    softmax = place.softmaxWork(network)
    finishStep = place.transfers.finish
    cache = EncoderDecoder.Cache(for: network, pause: gradients.pause)
  }

  /// Computes −Σ log p of a minibatch's targets, of which this rank returns what it counts, and
  /// begins the gradients.
  func forward(_ batch: WholeBatch) throws -> Double {
    self.batch = batch
    gradients.clear()
    return try run(batch, gradients: gradients)
  }

  /// Computes the gradients of the minibatch that went forward last.
  func backward() throws {
    guard let batch else { preconditionFailure("backward() comes after forward(_:)") }
    if let output = network.output {
      gradients.settle(output.weight)  // where no sentence fell to this rank
      try observer.didComplete(output.range)
    }
    if !network.part.layers.isEmpty {
      try network.backward(
        batch.share(replica), parameters: parameters, gradients: gradients, cache: cache,
        neighbours: neighbours, observer: observer)
    }
    try finishStep()
    self.batch = nil
  }

  /// −Σ log p of a minibatch's targets, of which this rank returns what it counts, without
  /// gradients.
  func evaluate(_ batch: WholeBatch) throws -> Double {
    let loss = try run(batch, gradients: nil)
    try finishStep()
    return loss
  }

  private func run(_ batch: WholeBatch, gradients: Gradients?) throws -> Double {
    let part = network.part.layers
    if !part.isEmpty {
      try network.forward(
        batch.share(replica), parameters: parameters, cache: cache, neighbours: neighbours,
        isTraining: gradients != nil)
    }
    let isLast = !part.isEmpty && part.upperBound == network.shape.layerCount
    return try softmax.run(
      batch, hidden: isLast ? cache.lstm.decoder.output : nil,
      outputGradient: isLast ? cache.outputGradient.decoder : nil, parameters: parameters,
      gradients: gradients)
  }
}
