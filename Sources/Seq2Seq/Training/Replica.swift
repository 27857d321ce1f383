/// A model with its parameters, gradients and memory: what one rank trains.
final class Replica {
  let network: EncoderDecoder
  let parameters: Parameters
  let gradients: Gradients
  private let cache: EncoderDecoder.Cache
  private var batch: Minibatch?

  init(_ network: EncoderDecoder, parameters: Parameters) {
    self.network = network
    self.parameters = parameters
    gradients = Gradients(layout: network.layout)
    cache = EncoderDecoder.Cache(for: network)
  }

  /// Computes −Σ log p of a minibatch's targets, and begins its gradients.
  func forward(_ batch: Minibatch) -> Double {
    self.batch = batch
    gradients.clear()
    network.forwardForTraining(
      batch, parameters: parameters, gradients: gradients, cache: cache)
    return cache.output.loss
  }

  /// Computes the gradients of the minibatch that went forward last.
  func backward() {
    guard let batch else { preconditionFailure("backward() comes after forward(_:)") }
    network.backward(batch, parameters: parameters, gradients: gradients, cache: cache)
    self.batch = nil
  }

  /// −Σ log p of a minibatch's targets, without gradients.
  func evaluate(_ batch: Minibatch) -> Double {
    network.forward(batch, parameters: parameters, cache: cache)
    return cache.output.loss
  }
}
