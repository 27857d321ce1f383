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
  private func sharedFolder() throws -> (path: String, owner: TemporaryFolder?) {
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
      #expect(metrics.count == single.count)
      for (found, exact) in zip(metrics, single) {
        #expect(abs(found.loss - exact.loss) < 1e-4 * exact.loss, "\(size) ranks, \(found.step)")
        let norms = (found.gradientNorm!, exact.gradientNorm!)
        #expect(abs(norms.0 - norms.1) < 1e-4 * norms.1, "\(size) ranks, step \(found.step)")
      }
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
      #expect(lines.count == 10)
      for (line, (loss, norm)) in zip(lines, zip(expected.losses, expected.norms)) {
        #expect(abs(line.loss - loss) < 1e-4 * loss)
        #expect(abs(line.gradientNorm! - norm) < 1e-4 * norm)
      }
    }
  }
}
