/// Models that predict together: at every step their predictions are averaged (Sutskever et al. 2014,
/// section 3.6). They may be of any kind, language models among them, and need the target vocabulary in
/// common alone. An ensemble of one model is that model.
public final class Ensemble {
  /// The models.
  public let members: [TrainedModel]
  /// How predictions are averaged.
  let averaging: Averaging

  /// - Parameters:
  ///   - members: the models, one at least.
  ///   - average: of what.
  ///   - weights: of each model; their sum does not matter. All weigh the same if nil.
  /// - Throws: `InputError` if two of them have different target vocabularies or tokenizers, or if weights are
  ///   not one positive number per model.
  public init(
    _ members: [TrainedModel], average: Average = .log, weights: [Double]? = nil
  ) throws {
    precondition(!members.isEmpty, "an ensemble has a model")
    self.members = members
    let weights = weights ?? members.map { _ in 1 }
    guard weights.count == members.count else {
      throw InputError(
        "\(weights.count) weights for \(members.count) models; give one weight per model",
        kind: .usage)
    }
    guard weights.allSatisfy({ $0 > 0 && $0.isFinite }), weights.reduce(0, +).isFinite else {
      throw InputError("weights of models must be positive numbers", kind: .usage)
    }
    averaging = Averaging(average, weights: weights)
    for member in members.dropFirst() { try members[0].checkHasTarget(of: member) }
  }

  /// An ensemble of one.
  public init(_ model: TrainedModel) {
    members = [model]
    averaging = Averaging(.log, weights: [1])
  }

  /// Reads model folders.
  ///
  /// - Parameters: see `init(_:average:weights:)`.
  /// - Throws: `InputError` naming the file, and the line or tensor, or the models that do not fit together.
  public convenience init(
    folders: [String], average: Average = .log, weights: [Double]? = nil
  ) throws {
    try self.init(
      try folders.map { try TrainedModel(folder: $0) }, average: average, weights: weights)
  }

  /// What is averaged.
  public enum Average: String, Sendable, CaseIterable {
    /// Logarithms of probabilities; what comes out is divided by its sum.
    case log
    /// Probabilities.
    case linear
  }

  /// The member that says how text is to be read: the first that translates, or the first.
  var leader: TrainedModel { members[leaderIndex] }
  private var leaderIndex: Int { members.firstIndex(where: \.isTranslator) ?? 0 }

  /// The configuration of the model that says how text is to be read.
  public var configuration: Configuration { leader.configuration }

  /// Whether it translates: one of its models at least does.
  public var isTranslator: Bool { leader.isTranslator }

  /// Checks that there is a source for models that read one, and none where none does.
  ///
  /// - Throws: `InputError` saying what to do on the command line.
  public func checkSource(_ source: String?) throws { try leader.checkSource(source) }

  /// A source line as each member reads it.
  func source(of line: String) -> EnsembleSource {
    EnsembleSource(members.map { $0.encodeSource(line) })
  }

  /// A source sentence as the leader reads it.
  func leaderSource(_ source: EnsembleSource) -> [Int32] { source.byMember[leaderIndex] }

  /// Lays out the weights of all members for decoding.
  func makeDecoder() -> EnsembleDecoder { EnsembleDecoder(self) }

  /// The error of weights that are finite, and what they compute is not.
  var computesNoNumber: InputError { leader.computesNoNumber }
}

/// A source sentence in the symbols of each member of an ensemble, in reading order; empty for language
/// models.
struct EnsembleSource: Sendable, Equatable {
  let byMember: [[Int32]]

  init(_ byMember: [[Int32]]) { self.byMember = byMember }

  /// Symbols of the longest of them.
  var count: Int { byMember.map(\.count).max() ?? 0 }
}

/// A pair of sentences in the symbols of an ensemble's members.
struct EnsemblePair {
  let source: EnsembleSource
  let target: [Int32]
}

extension TrainedModel {
  /// Checks that another model writes the same symbols, and puts them together to lines alike.
  fileprivate func checkHasTarget(of other: TrainedModel) throws {
    let tokenizers = (
      configuration.data.tokenizer.rawValue, other.configuration.data.tokenizer.rawValue
    )
    guard tokenizers.0 == tokenizers.1 else {
      throw InputError(
        "\(path) and \(other.path) have the tokenizers \(tokenizers.0) and \(tokenizers.1); models of an "
          + "ensemble need one")
    }
    let (own, others) = (vocabularies.target.symbols, other.vocabularies.target.symbols)
    guard own != others else { return }
    let first = zip(own, others).enumerated().first { $1.0 != $1.1 }?.offset
    throw InputError(
      "\(path) and \(other.path) have different target vocabularies, from line "
        + "\((first ?? min(own.count, others.count)) + 1) of target.vocab on; models of an ensemble "
        + "need one (data.targetVocabulary)")
  }
}
