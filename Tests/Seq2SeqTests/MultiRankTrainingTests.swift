import Distributed
import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

/// Every number of ranks computes the same function as one.
@MainActor
@Suite("Training over ranks", .serialized, .enabled(if: MultiRank.isActive))
struct MultiRankTrainingTests {
  /// A folder that all ranks know.
  func sharedFolder() throws -> (path: String, owner: TemporaryFolder?) {
    let owner = MultiRank.world.rank == 0 ? TemporaryFolder() : nil
    let path = try MultiRank.world.broadcast(bytes: Array((owner?.path ?? "").utf8), from: 0)
    return (String(decoding: path, as: UTF8.self), owner)
  }

  private func train(
    sizes: [Int], optimizer: Configuration.Training.Optimizer, order: BatchOrder
  ) throws -> [Int: [TrainingMetrics]] {
    let world = MultiRank.world
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    return try MultiRank.onGroups(of: sizes) { group in
      // Rank 0 writes the text, the others only need to know where things are.
      let folder = owner ?? TemporaryFolder()
      var configuration = TrainingRun.configuration(in: folder)
      configuration.data.source = path + "/train.source"
      configuration.data.target = path + "/train.target"
      configuration.training.output = path + "/run\(group.size)"
      configuration.training.optimizer = optimizer
      configuration.data.order = order
      try group.barrier()
      defer { withExtendedLifetime(world) {} }
      return try TrainingRun.metrics(configuration, over: group)
    }
  }

  @Test(
    "losses and norms over 50 steps are those of one rank",
    arguments: [Configuration.Training.Optimizer.sgd, .adam])
  func equivalence(optimizer: Configuration.Training.Optimizer) throws {
    // 50 sentences in batches of 7: no batch divides by the ranks, and the last one of an epoch
    // has a single sentence, fewer than there are ranks.
    let runs = try train(sizes: [1, 2, 3, 4, 8], optimizer: optimizer, order: .bucketed)
    guard MultiRank.world.rank == 0, let single = runs[1] else { return }
    #expect(single.count == 50)
    #expect(single.last!.loss < single.first!.loss)
    for (size, metrics) in runs where size > 1 {
      expectClose(metrics, single, steps: 50, "\(size) ranks")
    }
  }

  /// Expects the same losses and norms at every step.
  func expectClose(
    _ run: [TrainingMetrics], _ exact: [TrainingMetrics], steps: Int, _ name: String
  ) {
    #expect(run.count == steps, "\(name)")
    #expect(exact.count == steps, "\(name)")
    for (found, exact) in zip(run, exact) {
      #expect(abs(found.loss - exact.loss) < 1e-4 * exact.loss, "\(name), step \(found.step)")
      let norms = (found.gradientNorm!, exact.gradientNorm!)
      #expect(abs(norms.0 - norms.1) < 1e-4 * norms.1, "\(name), step \(found.step)")
    }
  }

  @Test("the same run twice has the same bits")
  func repeatability() throws {
    let first = try train(sizes: [2, 3, 8], optimizer: .sgd, order: .random)
    let second = try train(sizes: [2, 3, 8], optimizer: .sgd, order: .random)
    for (size, metrics) in first {
      #expect(metrics.map(\.loss) == second[size]!.map(\.loss))
      #expect(metrics.map(\.gradientNorm) == second[size]!.map(\.gradientNorm))
    }
  }

  /// A grid and how it is written.
  struct Grid: Sendable, CustomTestStringConvertible {
    var data: Int
    var layers = 1
    var softmax = ProcessGrid.Softmax.onLastStage
    var exchange = Peers.Exchange.shared

    var ranks: Int {
      if case .dedicated(let count) = softmax { data * (layers + count) } else { data * layers }
    }
    var testDescription: String { "\(data)×(\(layers)+\(softmax.text)) \(exchange)" }

    static let all = [
      Grid(data: 1), Grid(data: 2), Grid(data: 4), Grid(data: 8), Grid(data: 1, layers: 2),
      Grid(data: 1, layers: 4), Grid(data: 1, layers: 4, softmax: .dedicated(4)),
      Grid(data: 1, softmax: .dedicated(3)), Grid(data: 1, layers: 3, softmax: .dedicated(2)),
      Grid(data: 2, layers: 2, softmax: .dedicated(2)), Grid(data: 2, softmax: .sharded),
      Grid(data: 3, softmax: .sharded), Grid(data: 2, layers: 3, softmax: .sharded),
      Grid(data: 3, exchange: .mpi), Grid(data: 2, layers: 2, softmax: .sharded, exchange: .mpi),
    ]
  }

  /// Trains 50 steps on every grid that the job has ranks for, from one start.
  func trainOnGrids(
    _ grids: [Grid], _ folder: String, prepare: (inout Configuration) -> Void = { _ in }
  ) throws -> [[TrainingMetrics]] {
    let text = TemporaryFolder()
    return try grids.enumerated().map { index, grid in
      var configuration = TrainingRun.configuration(in: text)
      configuration.model.layers = 4
      configuration.data.validationSource = configuration.data.source
      configuration.data.validationTarget = configuration.data.target
      configuration.training.output = folder + "/\(index)"
      configuration.parallel.layers = grid.layers
      configuration.parallel.softmax = grid.softmax
      configuration.parallel.exchange = grid.exchange
      configuration.parallel.chunkSteps = 2
      prepare(&configuration)
      return try MultiRank.onGroups(of: [grid.ranks]) { group in
        // Every rank made the same text in a folder of its own; all read that of rank 0.
        configuration = try shared(configuration, over: group)
        return try TrainingRun.metrics(configuration, over: group)
      }[grid.ranks] ?? []
    }
  }

  /// The configuration with rank 0's paths.
  private func shared(
    _ configuration: Configuration, over group: Communicator
  ) throws -> Configuration {
    var result = configuration
    for key in ConfigurationKey.all where key.isPath {
      guard let text = key.text(configuration) else { continue }
      let path = try group.broadcast(bytes: Array(text.utf8), from: 0)
      _ = key.set(&result, String(decoding: path, as: UTF8.self))
    }
    return result
  }

  @Test("every grid has one rank's losses, norms and model, and repeats its bits")
  func grids() throws {
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    let runs = try trainOnGrids(Grid.all, path + "/first")
    let again = try trainOnGrids(Grid.all, path + "/again")
    guard MultiRank.world.rank == 0 else { return }
    let weights = try SafeTensorsFile(path + "/first/0/model.safetensors")
    // A prime number of symbols: no number of slices divides it.
    #expect(weights.shape(of: "decoder.output.weight") == [23, 12])
    for (index, grid) in Grid.all.enumerated() where grid.ranks <= MultiRank.world.size {
      let name = grid.testDescription
      expectClose(runs[index], runs[0], steps: 50, name)
      #expect(runs[index].map(\.loss) == again[index].map(\.loss), "\(name)")
      #expect(runs[index].map(\.gradientNorm) == again[index].map(\.gradientNorm), "\(name)")
      // What the grid saved is one file like any other.
      try expectModel(path + "/first/\(index)", like: weights, name)
    }
  }

  func expectModel(_ folder: String, like weights: SafeTensorsFile, _ name: String) throws {
    let saved = try SafeTensorsFile(folder + "/model.safetensors")
    #expect(saved.names == weights.names)
    for tensor in weights.names {
      #expect(saved.shape(of: tensor) == weights.shape(of: tensor))
      let pairs = try zip(saved.values(tensor), weights.values(tensor))
      let distance = pairs.map { abs($0 - $1) }.max()
      #expect((distance ?? 0) < 1e-3, "\(name), \(tensor)")
    }
  }

  @Test(
    "every other cell trains on every grid as on one rank",
    arguments: Configuration.Model.Cell.allCases.filter { $0 != .lstm })
  func cells(cell: Configuration.Model.Cell) throws {
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    let runs = try trainOnGrids(Grid.all, path) {
      $0.model.cell = cell
      $0.training.steps = 12
      // Without gates a step as long as an LSTM's leads into chaos, where roundings grow.
      if cell == .rnn { $0.training.learningRate = 0.05 }
    }
    guard MultiRank.world.rank == 0 else { return }
    let weights = try SafeTensorsFile(path + "/0/model.safetensors")
    #expect(weights.shape(of: "encoder.\(cell).weight_hh_l3") != nil)
    for (index, grid) in Grid.all.enumerated() where grid.ranks <= MultiRank.world.size {
      let name = "\(cell), \(grid.testDescription)"
      expectClose(runs[index], runs[0], steps: 12, name)
      try expectModel(path + "/\(index)", like: weights, name)
    }
  }

  @Test("ten steps from PyTorch's weights follow PyTorch", arguments: TorchFixture.names)
  func torchTraining(name: String) throws {
    let fixture = try TorchFixture(name)
    let expected = try fixture.training()
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    _ = try MultiRank.onGroups(of: [1, 2, 3]) { group in
      var configuration = fixture.model.configuration
      configuration.data.source = fixture.folder + "/train.source"
      configuration.data.target = fixture.folder + "/train.target"
      configuration.data.sourceVocabulary = fixture.folder + "/source.vocab"
      configuration.data.targetVocabulary = fixture.folder + "/target.vocab"
      configuration.data.order = .sequential
      configuration.training.output = path + "/\(group.size)"
      configuration.training.batchSize = 4
      configuration.training.clipNorm = 1.2
      configuration.training.epochs = 1
      configuration.training.logEverySteps = 1
      let lines = try TrainingRun.metrics(configuration, from: fixture.folder, over: group)
      guard group.rank == 0 else { return }
      expectSteps(lines, of: expected)
    }
  }

  /// Expects the losses and norms of ten steps that PyTorch took.
  func expectSteps(_ lines: [TrainingMetrics], of expected: TorchFixture.Training) {
    #expect(lines.count == 10)
    for (line, (loss, norm)) in zip(lines, zip(expected.losses, expected.norms)) {
      #expect(abs(line.loss - loss) < 1e-4 * loss)
      #expect(abs(line.gradientNorm! - norm) < 1e-4 * norm)
    }
  }
}
