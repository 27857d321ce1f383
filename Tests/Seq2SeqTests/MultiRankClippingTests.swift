import Distributed
import TestSupport
import Testing

@testable import Seq2Seq

/// The gradient that is clipped is that of the whole minibatch: the mean over the sentences of all replicas,
/// with every parameter and every row of a table in its norm once.
extension MultiRankTrainingTests {
  /// What a step left.
  struct Step {
    var loss: Double
    var norm: Double
    var before: [Float]
    var after: [Float]

    /// How far the parameters went.
    var distance: Double {
      zip(before, after).reduce(0) {
        $0 + Double($1.1 - $1.0) * Double($1.1 - $1.0)
      }.squareRoot()
    }
  }

  /// Takes a step with three sentences of very unequal lengths, which share symbols.
  private func step(
    _ optimizer: Configuration.Training.Optimizer, clipNorm: Double, over group: Communicator
  ) throws -> Step {
    var configuration = TrainingRun.configuration(in: TemporaryFolder())
    configuration.training.optimizer = optimizer
    configuration.training.clipNorm = clipNorm
    let vocabularies = VocabularySizes(source: 7, target: 6)
    let setup = try TrainingSetup(
      configuration, vocabularies: vocabularies,
      bounds: BatchBounds(largest: BatchExtent(symbols: 30)), on: (group, Timeline()))
    let step = setup.step
    func parameters() -> [Float] {
      setup.step.worker.model.layout.all.flatMap { slice in
        let values = setup.step.worker.parameters.pointer(slice)
        return (0..<slice.count).map { values[$0] }
      }
    }
    let before = parameters()
    try group.barrier()
    let batch = Minibatch(
      [
        SentencePair(source: [2, 3, 4, 2, 3, 6, 1], target: [2, 3, 4, 5, 2, 3, 1]),
        SentencePair(source: [4], target: []), SentencePair(source: [4, 3], target: [2, 2]),
      ], reverseSource: true, replicas: setup.context.grid.data, costs: setup.shape.plan.wordCosts)
    let result = try step.run(batch, learningRate: 0.5)
    return Step(loss: result.loss, norm: result.norm, before: before, after: parameters())
  }

  @Test(
    "a clipped step of unequal shares is that of one rank",
    arguments: [Configuration.Training.Optimizer.sgd, .adam], [0.1, 1000])
  func clippedStep(optimizer: Configuration.Training.Optimizer, clipNorm: Double) throws {
    // More ranks than sentences, too.
    let steps = try MultiRank.onGroups(of: [1, 2, 3, 4]) {
      try step(optimizer, clipNorm: clipNorm, over: $0)
    }
    guard MultiRank.world.rank == 0, let single = steps[1] else { return }
    #expect(single.norm > 1)
    for (size, step) in steps {
      #expect(abs(step.loss - single.loss) < 1e-6 * single.loss, "\(size) ranks")
      #expect(abs(step.norm - single.norm) < 1e-5 * single.norm, "\(size) ranks")
      let worst = zip(step.after, single.after).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      // Adam's first step is as long for a gradient that is little more than rounding as for any other.
      #expect(worst < (optimizer == .adam ? 5e-4 : 1e-5), "\(size) ranks")
      if optimizer == .sgd {
        let length = 0.5 * min(single.norm, clipNorm)
        #expect(abs(step.distance - length) < 1e-4 * length, "\(size) ranks")
      }
    }
  }

  @Test(
    "trainings that clip every step are those of one rank",
    arguments: [Configuration.Training.Optimizer.sgd, .adam])
  func clippedTraining(optimizer: Configuration.Training.Optimizer) throws {
    let grids = [
      Grid(data: 1), Grid(data: 3), Grid(data: 1, layers: 4), Grid(data: 2, softmax: .sharded),
      Grid(data: 2, layers: 2, softmax: .dedicated(2)), Grid(data: 3, exchange: .mpi),
    ]
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    let clipNorm = 0.01
    let runs = try trainOnGrids(grids, path) {
      $0.training.optimizer = optimizer
      $0.training.clipNorm = clipNorm
      $0.training.steps = 20
      // As far as a step goes without clipping.
      if optimizer == .sgd { $0.training.learningRate = 10 }
    }
    guard MultiRank.world.rank == 0 else { return }
    #expect(runs[0].allSatisfy { $0.gradientNorm! > 10 * clipNorm })
    for (grid, run) in zip(grids, runs) where grid.ranks <= MultiRank.world.size {
      expectClose(run, runs[0], steps: 20, grid.testDescription)
    }
  }
}
