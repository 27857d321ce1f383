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

  /// A writer of the weights of a whole model.
  func weightsWriter(_ shape: ModelShape) throws -> SafeTensorsWriter {
    var tensors: [(name: String, shape: [Int])] = []
    for slice in EncoderDecoder(shape).layout.all {
      tensors.append((slice.name, slice.shape))
      // Never written to: a file begins as zeros.
      if slice.isInputBias { tensors.append((slice.hiddenBiasName, slice.shape)) }
    }
    return try SafeTensorsWriter(
      weights, tensors: tensors, metadata: ["format": "pt", "seq2seq_version": "1"])
  }

  /// Writes all parameters of a model; those written before stay until the new ones are complete.
  func write(_ parameters: Parameters, of shape: ModelShape) throws {
    let writer = try weightsWriter(shape)
    try writer.create()
    try writer.write(parameters.layout.all, of: parameters)
    try writer.synchronize()
    try writer.commit()
  }

  /// Reads the parameters of a model.
  ///
  /// - Throws: `InputError` naming the tensor that is missing, superfluous or of another shape.
  func readParameters(_ network: EncoderDecoder) throws -> Parameters {
    let parameters = Parameters(layout: network.layout)
    try read(network.layout.all, of: network.shape, into: parameters)
    return parameters
  }

  /// Reads some parameters of a model.
  ///
  /// - Parameters:
  ///   - slices: the parameters, or parts of them.
  ///   - modelShape: that of the whole model, which the file must have.
  ///   - parameters: receives them.
  /// - Throws: `InputError` naming the tensor that is missing, superfluous or of another shape.
  func read(
    _ slices: [ParameterSlice], of modelShape: ModelShape, into parameters: Parameters
  ) throws {
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
    for slice in EncoderDecoder(modelShape).layout.all {
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
    for slice in slices {
      file.copy(slice.name, elements: slice.wholeRange, to: parameters.pointer(slice))
      if slice.isInputBias, known.contains(slice.hiddenBiasName) {
        let values = parameters.pointer(slice)
        for (index, value) in file.values(slice.hiddenBiasName).enumerated() {
          values[index] += value
        }
      }
    }
  }
}

extension SafeTensorsWriter {
  /// Writes some parameters to their places.
  func write(_ slices: [ParameterSlice], of parameters: Parameters) throws {
    for slice in slices {
      try write(
        slice.name, from: slice.wholeRange.lowerBound,
        UnsafeBufferPointer(start: parameters.pointer(slice), count: slice.count))
    }
  }
}

extension ParameterSlice {
  /// Its place among the numbers of the whole parameter.
  fileprivate var wholeRange: Range<Int> { wholeOffset..<wholeOffset + count }
  /// Whether it is the bias of an LSTM layer, of which PyTorch has two.
  fileprivate var isInputBias: Bool { name.contains(".bias_ih_l") }
  /// PyTorch's second bias.
  fileprivate var hiddenBiasName: String {
    name.replacingOccurrences(of: "bias_ih", with: "bias_hh")
  }
}
