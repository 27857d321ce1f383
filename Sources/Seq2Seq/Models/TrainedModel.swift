/// A model with its parameters and vocabularies, to be used: translating, scoring, evaluating.
public final class TrainedModel {
  private let path: String
  /// The configuration it was trained with.
  public let configuration: Configuration
  let sourceVocabulary: Vocabulary
  let targetVocabulary: Vocabulary
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
    sourceVocabulary = try Vocabulary(contentsOf: folder.sourceVocabulary)
    targetVocabulary = try Vocabulary(contentsOf: folder.targetVocabulary)
    let shape = configuration.model.shape(
      VocabularySizes(source: sourceVocabulary.count, target: targetVocabulary.count))
    network = shape.makeWhole()
    guard let output = network.output else {
      preconditionFailure("a whole model has an output layer")
    }
    self.output = output
    // Shapes come before memory: what the configuration says is believed after it was compared.
    let weights = try folder.openWeights(
      ModelIdentity(configuration, source: sourceVocabulary, target: targetVocabulary))
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

  /// The error of weights that are finite, and what they compute is not.
  var computesNoNumber: InputError {
    InputError("the model \(path) computes no number for some sentence: its weights are too large")
  }

  /// The symbols of a source line.
  func encodeSource(_ line: String) -> [Int32] {
    sourceVocabulary.ids(of: tokenizer.symbols(of: line))
  }

  /// A source sentence as the encoder reads it.
  func readingOrder(_ source: [Int32]) -> [Int32] {
    configuration.data.reverseSource ? source.reversed() : source
  }

  /// The symbols of a target line.
  func encodeTarget(_ line: String) -> [Int32] {
    targetVocabulary.ids(of: tokenizer.symbols(of: line))
  }

  /// The line that target symbols stand for.
  func decodeTarget(_ symbols: [Int32]) -> String {
    tokenizer.line(of: targetVocabulary.symbols(of: symbols))
  }
}
