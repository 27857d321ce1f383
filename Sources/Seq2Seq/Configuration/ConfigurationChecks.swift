import Distributed

// What keys mean only together.
extension Configuration {
  /// Refuses combinations that make no sense, and grids that an option does not fit.
  ///
  /// - Throws: `InputError` naming the keys and what to do.
  public func checkCombinations() throws {
    for check in combinations where !check.holds { throw InputError(check.otherwise) }
  }

  private typealias Check = (holds: Bool, otherwise: String)

  private var combinations: [Check] {
    (model.type == .languageModel ? languageModel : []) + options + grid
  }

  /// A language model is a decoder without a source.
  private var languageModel: [Check] {
    func unused(_ isUnused: Bool, _ key: String) -> Check {
      (isUnused, "\(key) is about a source, and a language model has none; leave it out")
    }
    return [
      unused(data.source == nil, "data.source"),
      unused(data.validationSource == nil, "data.validationSource"),
      unused(data.sourceVocabulary == nil, "data.sourceVocabulary"),
      unused(data.reverseSource, "data.reverseSource"),
      unused(model.attention == .none, "model.attention"),
      unused(model.selfAttention == 0, "model.selfAttention"),
      unused(!model.peeky, "model.peeky"),
      unused(model.handOver == .state, "model.handOver"),
      unused(!training.validateExact, "training.validateExact"),
    ]
  }

  private var options: [Check] {
    [
      (
        model.forgetBias == 0 || model.cell == .lstm,
        "model.forgetBias is for model.cell: lstm; \(model.cell) has no forget gate"
      ),
      (
        !model.tiedEmbeddings || model.embeddingSize == model.outputInputSize,
        "model.tiedEmbeddings needs model.embeddingSize \(model.outputInputSize), as many numbers as "
          + "the output layer reads, not \(model.embeddingSize)"
      ),
      (
        !training.validateExact || data.validationSource != nil,
        "training.validateExact translates the validation text, and there is none; set "
          + "data.validationSource and data.validationTarget, or leave it out"
      ),
    ]
  }

  /// What an option needs at hand on one rank.
  private var grid: [Check] {
    [
      (
        !model.peeky || parallel.layers == 1,
        "model.peeky reads the last state of the encoder's top layer below the decoder's first one, so "
          + "that stages would wait for one another; use parallel.layers: 1, with any parallel.data "
          + "and parallel.softmax"
      ),
      (
        !model.tiedEmbeddings || (parallel.layers == 1 && parallel.softmax == .onLastStage),
        "model.tiedEmbeddings has one matrix at the bottom and the top of the decoder, which must be on "
          + "one rank; use parallel.layers: 1 and parallel.softmax: 0, with any parallel.data"
      ),
    ]
  }
}

extension Configuration.Model {
  /// Numbers per row that the output layer reads: the encoder's last state (`peeky`), the context
  /// (`attention`) and the decoder's state.
  var outputInputSize: Int {
    Self.outputInputSize(hiddenSize: hiddenSize, attention: attention, peeky: peeky)
  }

  /// The same, of a model with these options.
  static func outputInputSize(hiddenSize: Int, attention: Attention, peeky: Bool) -> Int {
    hiddenSize * ((peeky ? 1 : 0) + (attention == .none ? 0 : 1) + 1)
  }
}
