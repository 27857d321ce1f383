import Distributed
import Foundation

/// Trains a model on a prepared corpus, on all ranks of a communicator.
public final class Trainer {
  /// What a training tells of itself, on rank 0 only.
  public enum Event {
    /// It begins: what will be done.
    case began(Plan)
    /// Steps were done.
    case trained(TrainingMetrics)
    /// The validation text was evaluated; `isBest` if never better before.
    case validated(TrainingMetrics, isBest: Bool)
    /// It is done.
    case ended(steps: Int)
  }

  /// What a training will do.
  public struct Plan: Sendable {
    /// Numbers in the model.
    public let parameters: Int
    /// Pairs in the corpus.
    public let pairs: Int
    /// Steps in all.
    public let steps: Int
    /// Steps an epoch.
    public let stepsPerEpoch: Int
    /// The part of steps that padding would take in the first epoch; none of it is computed.
    public let paddingWaste: Double
    /// Ranks.
    public let ranks: Int
  }

  private let configuration: Configuration
  private let corpus: PreparedCorpus
  private let communicator: Communicator
  private let sampler: BatchSampler
  private let schedule: LearningRateSchedule
  private let place: GridPlace
  private var step: TrainingStep
  private let output: TrainingOutput
  private let report: (Event) -> Void
  private var bestPerplexity = Double.infinity

  /// Prepares a training.
  ///
  /// - Parameters:
  ///   - configuration: what to train and how.
  ///   - corpus: the configuration's corpus.
  ///   - start: a model folder to start from; drawn at random if nil.
  ///   - timeline: told of what this rank does when.
  ///   - communicator: the ranks that train together, each with an equal configuration and corpus.
  ///   - report: called on rank 0.
  /// - Throws: `InputError`.
  public init(
    _ configuration: Configuration, corpus: PreparedCorpus, from start: String? = nil,
    timeline: Timeline = Timeline(), over communicator: Communicator,
    report: @escaping (Event) -> Void
  ) throws {
    let training = configuration.training
    self.configuration = configuration
    self.corpus = corpus
    self.communicator = communicator
    self.report = report
    let shape = ModelShape(
      configuration.model, sourceVocabularySize: corpus.sourceVocabulary.count,
      targetVocabularySize: corpus.targetVocabulary.count)
    place = try GridPlace(
      configuration.parallel, shape: shape, world: communicator, timeline: timeline)
    let network = EncoderDecoder(shape, part: place.part)
    try Self.checkMemory(network.layout, optimizer: training.optimizer)
    let parameters = try place.makeParameters(network.layout) { parameters, slices in
      if let start {
        try ModelFolder(path: start).read(slices, of: network.shape, into: parameters)
      } else {
        parameters.initializeUniformly(
          range: Float(configuration.model.initRange), seed: UInt64(training.seed), slices)
      }
    }
    step = try TrainingStep(
      network, parameters: parameters,
      optimizer: { ownership in
        switch training.optimizer {
        case .sgd: StochasticGradientDescent(ownership: ownership)
        case .adam: Adam(layout: network.layout, ownership: ownership)
        }
      }, clipNorm: training.clipNorm, at: place)
    schedule = LearningRateSchedule(training)
    sampler = BatchSampler(
      corpus: corpus.training, order: configuration.data.order, batchSize: training.batchSize,
      seed: training.seed)
    output = try TrainingOutput(configuration, corpus: corpus)
  }

  /// Trains to the end of the configuration's epochs or steps.
  ///
  /// - Throws: `InputError` where it had to stop; what was saved before is intact.
  public func run() throws {
    let training = configuration.training
    let stepsPerEpoch = sampler.batchesPerEpoch
    let total = min(
      training.steps ?? .max, Int((training.epochs * Double(stepsPerEpoch)).rounded(.up)))
    let validationInterval = training.validateEverySteps ?? max(1, stepsPerEpoch / 2)
    if communicator.rank == 0 {
      try output.begin()
      report(.began(plan(steps: total)))
    }

    var interval = MetricsInterval()
    var epoch = sampler.epoch(0)
    for number in 0..<total {
      let position = number % stepsPerEpoch
      if position == 0, number > 0 { epoch = sampler.epoch(number / stepsPerEpoch) }
      let pairs = epoch[position].map { corpus.training[Int($0)] }
      let rate = schedule.rate(atEpoch: Double(number) / Double(stepsPerEpoch))
      let result = try step.run(wholeBatch(pairs), learningRate: rate)

      let done = number + 1
      interval.add(loss: result.loss, pairs: pairs)
      if done % training.logEverySteps == 0 || done == total {
        let metrics = interval.metrics(
          step: done, epoch: Double(done) / Double(stepsPerEpoch), gradientNorm: result.norm,
          learningRate: rate)
        try log(metrics, as: Event.trained(metrics))
        interval = MetricsInterval()
      }
      if done % validationInterval == 0 || done == total {
        interval.pause()
        try validateAndSave(step: done, epoch: Double(done) / Double(stepsPerEpoch))
        interval.resume()
      }
    }
    if total == 0 { try output.saveBest(step.replica, at: place) }
    if communicator.rank == 0 { report(.ended(steps: total)) }
  }

  /// This rank's place in the grid, for people.
  public var role: String { place.description }

  private func plan(steps: Int) -> Plan {
    Plan(
      parameters: EncoderDecoder(step.replica.network.shape).layout.count,
      pairs: corpus.training.count, steps: steps,
      stepsPerEpoch: sampler.batchesPerEpoch,
      paddingWaste: sampler.paddingWaste(of: sampler.epoch(0)), ranks: communicator.size)
  }

  private func wholeBatch(_ pairs: [SentencePair]) -> WholeBatch {
    WholeBatch(
      pairs, reverseSource: configuration.data.reverseSource, replicas: place.grid.data,
      costs: step.replica.network.shape.wordCosts)
  }

  private func log(_ metrics: TrainingMetrics, as event: Event) throws {
    guard communicator.rank == 0 else { return }
    try output.metrics?.append(metrics)
    report(event)
  }

  /// Evaluates the validation text, saves the last model, and the best one if this is it.
  private func validateAndSave(step number: Int, epoch: Double) throws {
    guard let validation = corpus.validation else {
      return try output.saveBest(step.replica, at: place)
    }
    let metrics = try validate(on: validation, step: number, epoch: epoch)
    let isBest = metrics.perplexity < bestPerplexity
    if isBest { bestPerplexity = metrics.perplexity }
    try output.saveLast(step.replica, at: place)
    if isBest { try output.saveBest(step.replica, at: place) }
    try log(metrics, as: .validated(metrics, isBest: isBest))
  }

  private func validate(
    on corpus: PairFile, step number: Int, epoch: Double
  ) throws -> TrainingMetrics {
    let sampler = BatchSampler(
      corpus: corpus, order: .bucketed, batchSize: configuration.training.batchSize, seed: 0)
    let batches = sampler.epoch(0)
    var interval = MetricsInterval()
    var loss = 0.0
    for batch in 0..<batches.count {
      loss += try step.replica.evaluate(wholeBatch(batches[batch].map { corpus[Int($0)] }))
    }
    interval.add(
      loss: try communicator.allReduce(loss), sentences: corpus.count,
      targetSymbols: corpus.targetSymbolCount + corpus.count,
      words: corpus.sourceSymbolCount + corpus.targetSymbolCount)
    return interval.metrics(step: number, epoch: epoch, validation: true)
  }

  /// Says so before the system kills the run, when a model cannot fit this machine.
  private static func checkMemory(
    _ layout: ParameterLayout, optimizer: Configuration.Training.Optimizer
  ) throws {
    let slabs = optimizer == .adam ? 3 : 1
    let need = 4 * (Double(layout.count) * Double(slabs) + Double(layout.denseCount))
    let have = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
    guard need < have else {
      throw InputError(
        "a model of \(layout.count) parameters needs \(Int(need / 1e9)) GB a rank to train, and "
          + "this machine has \(Int(have / 1e9)); make the model or its vocabularies smaller")
    }
  }
}
