/// The weights that each step of decoding multiplies with, laid out for it once per model.
final class DecoderWeights {
  /// Of the decoder's layers.
  let layers: StackedLSTM.StepWeights
  /// Of the output layer.
  let output: PackedMatrix

  /// Lays out those of a model, whose parameters do not change any more.
  init(_ model: TrainedModel) {
    layers = model.network.decoder.stepWeights(parameters: model.parameters)
    output = PackedMatrix(model.parameters.matrix(model.output.weight).transposed)
  }
}
