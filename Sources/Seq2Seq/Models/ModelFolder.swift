import Foundation

/// A checkpoint, without the optimizer's state; a model on the disk: `config.yaml`, `source.vocab` where
/// the model has a source, `target.vocab`, `model.safetensors`.
///
/// Tensors have the names, shapes and gate order of PyTorch. Where a layer has one bias and PyTorch two,
/// it is written as `bias_ih` with a `bias_hh` of zeros, and read as the sum of both.
struct ModelFolder {
  /// Where it is.
  let path: String

  var configuration: String { path + "/config.yaml" }
  var targetVocabulary: String { Vocabularies.target(in: path) }
  var weights: String { path + "/model.safetensors" }

  /// Whether there is any file that a training would replace.
  var isTaken: Bool { (files + [metrics] + last.files).contains(where: fileExists) }
  /// The files that are a model; not every kind of model has all.
  var files: [String] {
    [configuration, Vocabularies.source(in: path), targetVocabulary, weights]
  }
  /// Where a training keeps its metrics.
  var metrics: String { path + "/metrics.jsonl" }
  /// Where a training keeps its last model, beside the best one.
  var last: ModelFolder { ModelFolder(path: path + "/last") }

  /// Removes the model's files, and the folder if nothing else is in it.
  func remove() {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      // What a link leads to is somebody else's.
      unlink(path)
      return
    }
    // The weights first: without them nothing is a model.
    for file in files.reversed() { unlink(file) }
    rmdir(path)
  }

  /// Reads the vocabularies.
  ///
  /// - Throws: `InputError` naming file and line.
  func vocabularies(of configuration: Configuration) throws -> Vocabularies {
    try Vocabularies(folder: path, of: configuration.model.type)
  }

  /// Writes what does not change while a model is trained, and makes the folder for it.
  ///
  /// - Returns: the complete files, which have not got their names yet.
  func writeDescription(
    _ configuration: Configuration, _ vocabularies: Vocabularies
  ) throws -> [AtomicFile] {
    try makeFolder(path)
    let yaml = try configuration.yaml(relativeTo: path)
    return try [AtomicFile.completed(yaml, for: self.configuration)]
      + vocabularies.files(in: path)
  }

  /// A writer of the weights of a whole model.
  func weightsWriter(
    _ shape: any ModelShape, _ identity: ModelIdentity
  ) throws -> SafeTensorsWriter {
    var tensors: [(name: String, shape: [Int])] = []
    for slice in shape.layout.all {
      tensors.append((slice.name, slice.shape))
      // Never written to: a file begins as zeros.
      if let addend = slice.addend { tensors.append((addend, slice.shape)) }
    }
    let version = ["format": "pt", "seq2seq_version": "1"]
    return try SafeTensorsWriter(
      weights, tensors: tensors, metadata: version.merging(identity.metadata) { own, _ in own })
  }

  /// Reads the weights' header and checks that the files of the folder belong together.
  ///
  /// - Throws: `InputError`.
  func openWeights(_ identity: ModelIdentity) throws -> SafeTensorsFile {
    let file = try SafeTensorsFile(weights)
    try identity.check(file, in: self)
    return file
  }

  /// Reads the weights' header and checks that the files beside them belong to them, if they say so.
  ///
  /// - Throws: `InputError`.
  func openWeights() throws -> SafeTensorsFile {
    let file = try SafeTensorsFile(weights)
    if file.carriesIdentity {
      let configuration = try Configuration(contentsOf: configuration)
      try ModelIdentity(configuration, vocabularies(of: configuration)).check(file, in: self)
    }
    return file
  }

  /// Checks that the weights are those of a model, before memory is taken for it.
  ///
  /// - Throws: `InputError` naming the tensor that is missing, superfluous or of another shape.
  func checkShapes(_ file: SafeTensorsFile, of modelShape: any ModelShape) throws {
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
    for slice in modelShape.layout.all {
      try checkShape(slice.name, slice)
      known.insert(slice.name)
      if let addend = slice.addend, file.shape(of: addend) != nil {
        try checkShape(addend, slice)
        known.insert(addend)
      }
    }
    if let stranger = file.names.first(where: { !known.contains($0) }) {
      throw InputError(
        "\(weights): the model of the configuration has no tensor \(stranger.asMessage(limit: 60))")
    }
  }

  /// Reads some parameters of a model, whose shapes have been checked.
  ///
  /// - Parameters:
  ///   - slices: the parameters, or parts of them.
  ///   - file: the weights.
  ///   - parameters: receives them.
  /// - Throws: `InputError` naming the tensor with a number that is not finite.
  func read(
    _ slices: [ParameterSlice], from file: SafeTensorsFile, into parameters: Parameters
  ) throws {
    for slice in slices {
      try file.copy(slice.name, elements: slice.wholeRange, to: parameters.pointer(slice))
      if let addend = slice.addend, file.shape(of: addend) != nil {
        let values = parameters.pointer(slice)
        for (index, value) in try file.values(addend).enumerated() {
          values[index] += value
          guard values[index].isFinite else {
            throw InputError(
              "\(weights): the sum of \(slice.name) and \(addend) is not finite")
          }
        }
      }
    }
  }
}

/// Whether there is something of a name, at the end of all links.
private func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

extension SafeTensorsWriter {
  /// Writes some parameters to where they belong.
  func write(_ slices: [ParameterSlice], of parameters: Parameters) throws {
    for slice in slices {
      try write(
        slice.name, from: slice.wholeRange.lowerBound,
        UnsafeBufferPointer(start: parameters.pointer(slice), count: slice.count))
    }
  }
}

extension ParameterSlice {
  /// Its range within the whole parameter.
  fileprivate var wholeRange: Range<Int> { wholeOffset..<wholeOffset + count }
}
