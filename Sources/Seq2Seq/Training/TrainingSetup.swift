import Distributed

/// What a rank needs before its first step: its context, its part of the model with parameters, and the
/// step itself.
struct TrainingSetup {
  /// The whole model.
  let shape: any ModelShape
  /// What this rank is in the grid.
  let context: RankContext
  /// The step, with this rank's part of the model.
  let step: TrainingStep
  private let rules: Minibatch.Rules

  /// Weights to start from.
  typealias Weights = (folder: ModelFolder, file: SafeTensorsFile)

  /// All ranks of the run take part.
  ///
  /// - Parameters:
  ///   - configuration: the model, how it is trained, and the grid.
  ///   - vocabularies: how many symbols there are.
  ///   - bounds: how large minibatches get.
  ///   - start: a model folder to start from; drawn at random if nil.
  ///   - rank: which one this is.
  /// - Throws: `GridError` if the ranks do not form the configuration's grid; `InputError`.
  init(
    _ configuration: Configuration, vocabularies: VocabularySizes, bounds: BatchBounds,
    from start: String? = nil, on rank: (world: Communicator, timeline: Timeline)
  ) throws {
    // A configuration may come from a program, and not from a file.
    try rank.world.together { try configuration.checkCombinations() }
    let (training, shape) = (configuration.training, configuration.model.shape(vocabularies))
    let context = try RankContext(
      configuration.parallel, plan: shape.plan, world: rank.world, timeline: rank.timeline)
    let model = shape.make(context.part)
    try context.checkMemory(
      MemoryNeed(
        model, optimizer: training.optimizer, batch: bounds.part(of: context.grid.data)),
      for: model.layout,
      beside: training.validateExact ? TrainedModel.memory(of: shape.layout) : 0,
      remedy: configuration.memoryRemedy)
    let weights = try rank.world.together {
      try start.map { try Self.openWeights(of: $0, shape: shape) }
    }
    let parameters = try context.makeParameters(model.layout) { parameters, slices in
      if let weights {
        try weights.folder.read(slices, from: weights.file, into: parameters)
      } else {
        parameters.initialize(
          slices, as: configuration.model, seed: UInt64(training.seed))
      }
    }
    step = try TrainingStep(
      model, parameters: parameters,
      optimizer: { ownership in
        switch training.optimizer {
        case .sgd: StochasticGradientDescent(ownership: ownership)
        case .adam: Adam(layout: model.layout, ownership: ownership)
        }
      }, clipNorm: training.clipNorm,
      dropout: { [rate = configuration.model.dropout] step in
        rate > 0 ? Dropout(rate: rate, seed: UInt64(training.seed), step: step) : nil
      }, in: context)
    (self.shape, self.context) = (shape, context)
    rules = Minibatch.Rules(configuration)
  }

  /// A minibatch as the replicas of this run share it.
  ///
  /// - Parameter step: which one trains on it.
  func minibatch(_ batch: Batch, step: Int = 0) -> Minibatch {
    Minibatch(
      batch, rules: rules, replicas: context.grid.data, costs: shape.plan.wordCosts, step: step)
  }

  /// Opens the weights of a model to start from.
  private static func openWeights(of start: String, shape: any ModelShape) throws -> Weights {
    let folder = ModelFolder(path: start)
    let file = try folder.openWeights()
    try folder.checkShapes(file, of: shape)
    return (folder, file)
  }
}

extension Configuration {
  /// What to make smaller where memory does not suffice.
  fileprivate var memoryRemedy: String {
    var keys = ["training.batchSize"]
    switch model.type {
    case .languageModel: keys.append("training.blockLength")
    // Weights of attention grow with the square of a sentence's length.
    case .seq2seq where model.attention != .none || model.selfAttention > 0:
      keys.append("data.maxLength")
    case .seq2seq: break
    }
    return "make the model or its vocabularies smaller, or \(keys.joined(separator: " or "))"
      + (training.validateExact ? ", or leave out training.validateExact" : "")
  }
}

extension Parameters {
  /// Draws the start of a training.
  func initialize(
    _ slices: [ParameterSlice]?, as model: Configuration.Model, seed: UInt64
  ) {
    switch model.start {
    case .uniform: initializeUniformly(range: Float(model.initRange), seed: seed, slices)
    case .xavier: initializeByFanIn(seed: seed, slices)
    }
    addToForgetGates(Float(model.forgetBias), slices)
  }
}
