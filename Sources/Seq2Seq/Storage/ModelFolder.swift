import Foundation

/// A model on the disk: `config.yaml`, `source.vocab`, `target.vocab`, `model.safetensors`.
///
/// Tensors have the names, shapes and gate order of PyTorch. The one bias of an LSTM layer is
/// written as `bias_ih` with a `bias_hh` of zeros, and read as the sum of both.
struct ModelFolder {
  /// Where it is.
  let path: String

  var configuration: String { path + "/config.yaml" }
  var sourceVocabulary: String { path + "/source.vocab" }
  var targetVocabulary: String { path + "/target.vocab" }
  var weights: String { path + "/model.safetensors" }

  /// Writes what does not change while a model is trained, and makes the folder for it.
  func writeDescription(
    _ configuration: Configuration, source: Vocabulary, target: Vocabulary
  ) throws {
    try makeFolder(path)
    try AtomicFile.write(configuration.yaml(relativeTo: path), to: self.configuration)
    try source.write(to: sourceVocabulary)
    try target.write(to: targetVocabulary)
  }

  /// Writes the parameters; those written before stay until the new ones are complete.
  func write(_ parameters: Parameters) throws {
    var tensors: [SafeTensorsFile.Tensor] = []
    let longestBias = parameters.layout.all.filter(\.isInputBias).map(\.count).max() ?? 0
    let zeros = FloatStorage(count: longestBias)
    for slice in parameters.layout.all {
      tensors.append(
        SafeTensorsFile.Tensor(
          name: slice.name, shape: slice.shape,
          values: UnsafeBufferPointer(start: parameters.pointer(slice), count: slice.count)))
      if slice.isInputBias {
        tensors.append(
          SafeTensorsFile.Tensor(
            name: slice.hiddenBiasName, shape: slice.shape,
            values: UnsafeBufferPointer(start: zeros.base, count: slice.count)))
      }
    }
    try SafeTensorsFile.write(
      tensors, metadata: ["format": "pt", "seq2seq_version": "1"], to: weights)
  }

  /// Reads the parameters of a layout.
  ///
  /// - Throws: `InputError` naming the tensor that is missing, superfluous or of another shape.
  func readParameters(_ layout: ParameterLayout) throws -> Parameters {
    let file = try SafeTensorsFile(weights)
    func checkShape(_ name: String, _ slice: ParameterSlice) throws {
      guard let shape = file.shape(of: name) else {
        throw InputError("\(weights) has no tensor \(name)")
      }
      guard shape == slice.shape else {
        throw InputError(
          "\(weights): tensor \(name) has shape \(shape), but the configuration and the "
            + "vocabularies make it \(slice.shape)")
      }
    }
    var known: Set<String> = []
    for slice in layout.all {
      try checkShape(slice.name, slice)
      known.insert(slice.name)
      if slice.isInputBias, file.shape(of: slice.hiddenBiasName) != nil {
        try checkShape(slice.hiddenBiasName, slice)
        known.insert(slice.hiddenBiasName)
      }
    }
    if let stranger = file.names.first(where: { !known.contains($0) }) {
      throw InputError("\(weights): the model of the configuration has no tensor \(stranger)")
    }
    let parameters = Parameters(layout: layout)
    for slice in layout.all {
      file.copy(slice.name, to: parameters.pointer(slice))
      if slice.isInputBias, known.contains(slice.hiddenBiasName) {
        let values = parameters.pointer(slice)
        for (index, value) in file.values(slice.hiddenBiasName).enumerated() {
          values[index] += value
        }
      }
    }
    return parameters
  }
}

extension ParameterSlice {
  /// Whether it is the bias of an LSTM layer, of which PyTorch has two.
  fileprivate var isInputBias: Bool { name.contains(".bias_ih_l") }
  /// PyTorch's second bias.
  fileprivate var hiddenBiasName: String {
    name.replacingOccurrences(of: "bias_ih", with: "bias_hh")
  }
}
