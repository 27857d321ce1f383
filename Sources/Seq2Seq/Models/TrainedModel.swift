/// A model with its parameters and vocabularies, to be used: translating, scoring, evaluating, sampling.
public final class TrainedModel {
  let path: String
  /// The configuration it was trained with.
  public let configuration: Configuration
  let vocabularies: Vocabularies
  let network: any Model
  let output: SoftmaxOutput
  let parameters: Parameters
  let tokenizer: any Tokenizer

  /// Reads a model folder.
  ///
  /// - Throws: `InputError` naming the file, and the line or tensor.
  public init(folder path: String) throws {
    guard !path.isEmpty else { throw InputError("the name of the model is empty", kind: .usage) }
    self.path = path
    let folder = ModelFolder(path: path)
    configuration = try Configuration(contentsOf: folder.configuration)
    vocabularies = try folder.vocabularies(of: configuration)
    let shape = configuration.model.shape(vocabularies.sizes)
    network = shape.makeWhole()
    guard let output = network.output else {
      preconditionFailure("a whole model has an output layer")
    }
    self.output = output
    // Shapes come before memory: what the configuration says is believed after it was compared.
    let weights = try folder.openWeights(ModelIdentity(configuration, vocabularies))
    try folder.checkShapes(weights, of: shape)
    try MemoryLimits.check(
      Self.memory(of: network.layout), what: "the model \(path)",
      remedy: "use it where there is more")
    parameters = Parameters(layout: network.layout)
    try folder.read(network.layout.all, from: weights, into: parameters)
    tokenizer = configuration.data.tokenizer.tokenizer
  }

  /// Bytes that a model takes to be used: the search multiplies with a copy of the decoder's weights, laid
  /// out for products.
  static func memory(of layout: ParameterLayout) -> Double { 2 * 4 * Double(layout.count) }

  /// Whether it translates; a language model does not.
  public var isTranslator: Bool { configuration.model.type.hasSource }

  /// Checks that it translates.
  ///
  /// - Throws: `InputError` if it is a language model.
  func checkTranslates() throws {
    guard isTranslator else {
      throw InputError(
        "\(path) is a language model, which translates nothing; see 'launcher help sample'")
    }
  }

  /// Checks that there is a source for a model that reads one, and none for one that does not.
  ///
  /// - Throws: `InputError` saying what to do on the command line.
  public func checkSource(_ source: String?) throws {
    guard isTranslator == (source != nil) else {
      throw InputError(
        isTranslator
          ? "the model \(path) needs --source, the sentences that it reads"
          : "\(path) is a language model, which reads no source; leave out --source",
        kind: .usage)
    }
  }

  /// The error of weights that are finite, and what they compute is not.
  var computesNoNumber: InputError {
    InputError("the model \(path) computes no number for some sentence: its weights are too large")
  }

  /// The symbols of a source line; none where the model has no source.
  func encodeSource(_ line: String) -> [Int32] {
    vocabularies.source?.ids(of: tokenizer.symbols(of: line)) ?? []
  }

  /// The symbols of a target line.
  func encodeTarget(_ line: String) -> [Int32] {
    vocabularies.target.ids(of: tokenizer.symbols(of: line))
  }

  /// The line that target symbols stand for.
  ///
  /// - Parameter beginning: a text that comes before them, whose symbols may be unknown.
  func decodeTarget(_ symbols: [Int32], after beginning: String = "") -> String {
    tokenizer.line(
      of: tokenizer.symbols(of: beginning) + vocabularies.target.symbols(of: symbols))
  }
}
