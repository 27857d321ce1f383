import Distributed
import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

/// What a model translates exactly does not depend on the ranks that find it out.
extension MultiRankTrainingTests {
  /// Three batches of pairs, by which no number of ranks but 1 and 3 divides.
  private func exactConfiguration(_ path: String, in folder: TemporaryFolder) -> Configuration {
    var configuration = TrainingRun.configuration(in: folder, pairs: 300)
    configuration.data.source = path + "/train.source"
    configuration.data.target = path + "/train.target"
    configuration.data.validationSource = configuration.data.source
    configuration.data.validationTarget = configuration.data.target
    configuration.model.hiddenSize = 32
    configuration.model.initRange = 0.3
    configuration.training.optimizer = .adam
    configuration.training.learningRate = 0.01
    configuration.training.batchSize = 16
    configuration.training.validateExact = true
    return configuration
  }

  /// Trains on a grid, and returns what its validations found, on rank 0; nothing on others.
  private func exact(
    _ configuration: Configuration, on grid: Grid, from start: String? = nil
  ) throws -> [Double] {
    var configuration = configuration
    configuration.parallel.layers = grid.layers
    configuration.parallel.softmax = grid.softmax
    configuration.parallel.exchange = grid.exchange
    return try MultiRank.onGroups(of: [grid.ranks]) { group in
      try TrainingRun.metrics(configuration, from: start, ofValidations: true, over: group)
    }[grid.ranks]?.compactMap(\.exact) ?? []
  }

  @Test("every grid finds as many exact translations as one rank, and as many as a translator says")
  func exactOnGrids() throws {
    let (path, owner) = try sharedFolder()
    let folder = owner ?? TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    var configuration = exactConfiguration(path, in: folder)
    configuration.training.output = path + "/start"
    configuration.training.steps = 240
    configuration.training.validateEverySteps = 120
    let trained = try exact(configuration, on: Grid(data: 1))
    configuration.training.steps = 0
    let grids = [
      Grid(data: 1), Grid(data: 2), Grid(data: 3), Grid(data: 8), Grid(data: 1, layers: 2),
      Grid(data: 1, softmax: .dedicated(2)), Grid(data: 2, layers: 2, softmax: .sharded),
      Grid(data: 2, exchange: .mpi),
    ]
    for (number, grid) in grids.enumerated() {
      configuration.training.output = path + "/\(number)"
      // The model that it starts from is validated.
      let found = try exact(configuration, on: grid, from: path + "/start/last")
      guard MultiRank.world.rank == 0, grid.ranks <= MultiRank.world.size else { continue }
      #expect(found == trained.suffix(1), "\(grid.testDescription)")
    }
    guard MultiRank.world.rank == 0 else { return }
    #expect(trained.count == 2)
    let translator = try Translator(try TrainedModel(folder: path + "/start/last"), beamSize: 1)
    func lines(_ file: String) throws -> [String] {
      try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    let translations = try translator.translate(try lines(path + "/train.source")).map(\.text)
    let count = zip(translations, try lines(path + "/train.target")).count { $0 == $1 }
    #expect(trained.last == Double(count) / 300)
    #expect((20...280).contains(count), "neither none nor all, so that counts can differ")
  }

  @Test("trainings report the same number of exact translations on 1, 2 and 3 ranks")
  func exactTrainings() throws {
    let (path, owner) = try sharedFolder()
    let folder = owner ?? TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    var configuration = exactConfiguration(path, in: folder)
    // Two symbols to copy: so easy that it is learnt on any ranks, whatever their sums round to.
    let text = (0..<64).map { "\($0 / 8) \($0 % 8)\n" }.joined()
    for file in ["train.source", "train.target"] { folder.write(text, to: file) }
    configuration.model.layers = 1
    configuration.training.steps = 200
    for ranks in [1, 2, 3] {
      configuration.training.output = path + "/\(ranks)"
      let found = try exact(configuration, on: Grid(data: ranks))
      guard MultiRank.world.rank == 0, ranks <= MultiRank.world.size else { continue }
      #expect(found == [1], "\(ranks) ranks")
    }
  }
}
