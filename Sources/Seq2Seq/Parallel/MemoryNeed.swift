/// What a rank takes of memory to train, counted before it takes any.
///
/// Parameters, gradients and moments are counted exactly, what a minibatch leaves for the backward
/// pass by the largest one of an epoch.
struct MemoryNeed {
  /// Bytes of the parameters that the ranks of a node share, in one copy.
  let parameters: Double
  /// Bytes of this rank's own.
  let own: Double

  /// - Parameters:
  ///   - network: this rank's part of the model.
  ///   - optimizer: how it is updated.
  ///   - rows: source and target words, `<eos>` too, of this rank's share of the largest minibatch.
  init(_ network: EncoderDecoder, optimizer: Configuration.Training.Optimizer, rows: Int) {
    let layout = network.layout
    let (size, layers) = (Double(network.shape.hiddenSize), Double(network.part.layers.count))
    let rows = Double(rows)
    var numbers = Double(layout.local.count) + Double(layout.denseCount)
    // Adam's two moments; of what is shared another rank may own some.
    if optimizer == .adam { numbers += 2 * Double(layout.count) }
    // Gates, their two states, tanh and the output of every layer; storages grow by a quarter more.
    numbers += 1.25 * 8 * size * rows * layers
    // Activations and their gradients between layers, and words with their gates.
    numbers += 1.25 * 6 * size * rows
    // The weights of the layer that computes, laid out for products.
    numbers += 2 * 4 * size * size
    own = 4 * numbers
    parameters = 4 * Double(layout.replicatedCount)
  }
}
