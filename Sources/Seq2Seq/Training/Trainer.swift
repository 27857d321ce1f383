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
    /// Something is hardly meant, or not as it should be: a sentence.
    case warned(String)
    /// It is done.
    case ended(steps: Int)
  }

  /// What a training will do.
  public struct Plan: Sendable {
    /// Numbers in the model.
    public let parameters: Int
    /// What it trains on.
    public let corpus: CorpusSummary
    /// Steps in all.
    public let steps: Int
    /// Steps per epoch.
    public let stepsPerEpoch: Int
    /// Ranks.
    public let ranks: Int
  }

  private let configuration: Configuration
  private let corpus: PreparedCorpus
  private let communicator: Communicator
  private let batches: any BatchDealer
  private let schedule: LearningRateSchedule
  private let setup: TrainingSetup
  private var context: RankContext { setup.context }
  private let output: TrainingOutput
  private let exactMatches: ExactValidation?
  private let report: (Event) throws -> Void
  private let startsFromModel: Bool
  private var bestLoss = Double.infinity
  private var hasWarnedOfValidation = false

  /// Prepares a training.
  ///
  /// - Parameters:
  ///   - configuration: what to train and how.
  ///   - corpus: the configuration's corpus.
  ///   - start: a model folder to start from; drawn at random if nil.
  ///   - timeline: told of what this rank does when.
  ///   - communicator: the ranks that train together, each with an equal configuration and corpus.
  ///   - report: called on rank 0; what it throws ends the training.
  /// - Throws: `InputError`.
  public init(
    _ configuration: Configuration, corpus: PreparedCorpus, from start: String? = nil,
    timeline: Timeline = Timeline(), over communicator: Communicator,
    report: @escaping (Event) throws -> Void
  ) throws {
    self.configuration = configuration
    self.corpus = corpus
    self.communicator = communicator
    self.report = report
    startsFromModel = start != nil
    batches = try communicator.together { try corpus.trainingBatches(configuration) }
    setup = try TrainingSetup(
      configuration, vocabularies: corpus.vocabularies.sizes, bounds: batches.bounds,
      from: start, on: (communicator, timeline))
    schedule = LearningRateSchedule(configuration.training)
    output = try TrainingOutput(configuration, corpus: corpus, shape: setup.shape)
    exactMatches = ExactValidation(configuration, of: corpus, in: setup.context)
  }

  /// Trains to the end of the configuration's epochs or steps.
  ///
  /// - Throws: `InputError` where it had to stop; what was saved before is intact.
  public func run() throws {
    let training = configuration.training
    let stepsPerEpoch = batches.batchesPerEpoch
    let total = min(
      training.steps ?? .max, Int((training.epochs * Double(stepsPerEpoch)).rounded(.up)))
    let validationInterval = training.validateEverySteps ?? max(1, stepsPerEpoch / 2)
    try communicator.onFirstRank { try output.begin() }
    try tell(.began(plan(steps: total)))
    if startsFromModel, corpus.validation != nil { try validateStart() }
    var interval = MetricsInterval(per: configuration.lossUnit)
    for number in 0..<total {
      try Interruption.check(after: number)
      let batch = setup.minibatch(batches.batch(ofStep: number), step: number)
      let rate = schedule.rate(atEpoch: Double(number) / Double(stepsPerEpoch))
      let result = try setup.step.run(batch, learningRate: rate)

      let (done, epochs) = (number + 1, Double(number + 1) / Double(stepsPerEpoch))
      interval.add(loss: result.loss, batch.counts)
      if done % training.logEverySteps == 0 || done == total {
        let metrics = interval.metrics(
          step: done, epoch: epochs, gradientNorm: result.norm, learningRate: rate)
        try log(metrics, as: Event.trained(metrics))
        interval = MetricsInterval(per: configuration.lossUnit)
      }
      if done % validationInterval == 0 || done == total {
        interval.pause()
        try validateAndSave(step: done, epoch: epochs)
        interval.resume()
      }
    }
    try end(after: total)
  }

  private func end(after total: Int) throws {
    if total == 0, !startsFromModel || corpus.validation == nil {
      try output.saveBest(setup.step.worker, in: context)
    }
    try tell(.ended(steps: total))
    let wasValidated = corpus.validation != nil && (total > 0 || startsFromModel)
    if wasValidated, !bestLoss.isFinite { try endWithoutBest() }
  }

  /// This rank's role in the grid, for people.
  public var role: String { context.description }

  private func plan(steps: Int) -> Plan {
    Plan(
      parameters: setup.shape.layout.count, corpus: batches.summary, steps: steps,
      stepsPerEpoch: batches.batchesPerEpoch, ranks: communicator.size)
  }

  private func tell(_ event: Event) throws {
    if communicator.rank == 0 { try report(event) }
  }

  private func log(_ metrics: TrainingMetrics, as event: Event) throws {
    guard communicator.rank == 0 else { return }
    try output.metrics?.append(metrics)
    try report(event)
  }

  /// Evaluates the model that the training starts from: it is the best one until another is better,
  /// wherever it came from.
  private func validateStart() throws {
    guard let validation = corpus.validationBatches(configuration) else { return }
    var metrics = try validate(on: validation, step: 0, epoch: 0)
    let isBest = try isBest(metrics)
    if isBest {
      try output.saveBest(setup.step.worker, in: context)
      metrics.exact = try exactMatches?.fraction(of: output.best, step: 0)
    }
    try log(metrics, as: .validated(metrics, isBest: isBest))
  }

  /// Evaluates the validation text, saves the last model, and the best one if this is it.
  private func validateAndSave(step number: Int, epoch: Double) throws {
    guard let validation = corpus.validationBatches(configuration) else {
      return try output.saveBest(setup.step.worker, in: context)
    }
    var metrics = try validate(on: validation, step: number, epoch: epoch)
    let isBest = try isBest(metrics)
    try output.saveLast(setup.step.worker, in: context)
    if isBest { try output.saveBest(setup.step.worker, in: context) }
    metrics.exact = try exactMatches?.fraction(of: output.last, step: number)
    try log(metrics, as: .validated(metrics, isBest: isBest))
  }

  /// Whether a validation was better than all before; says once if it was not finite.
  private func isBest(_ metrics: TrainingMetrics) throws -> Bool {
    if !metrics.loss.isFinite, !hasWarnedOfValidation {
      hasWarnedOfValidation = true
      try tell(
        .warned(
          "the validation after step \(metrics.step) has the loss \(metrics.loss): the model "
            + "computes no number for some sentence; try a lower training.learningRate"))
    }
    guard metrics.loss < bestLoss else { return false }
    bestLoss = metrics.loss
    return true
  }

  /// Leaves the last model where the best one would be, and ends.
  private func endWithoutBest() throws {
    try output.saveBest(setup.step.worker, in: context)
    throw InputError(
      "no validation had a finite loss, so that the last model stands for the best one",
      kind: .stopped, isCollective: true)
  }

  private func validate(
    on batches: any BatchDealer, step number: Int, epoch: Double
  ) throws -> TrainingMetrics {
    var interval = MetricsInterval(per: configuration.lossUnit)
    var loss = 0.0
    for position in 0..<batches.batchesPerEpoch {
      try Interruption.check(after: number)
      let batch = setup.minibatch(batches.batch(ofStep: position))
      loss += try setup.step.worker.evaluate(batch)
      interval.add(batch.counts)
    }
    interval.add(loss: try communicator.allReduce(loss))
    return interval.metrics(step: number, epoch: epoch, validation: true)
  }
}
