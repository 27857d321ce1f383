import TestSupport
import Testing

@testable import Seq2Seq

/// Every option of a model trains on the grids that it fits as on one rank.
extension MultiRankTrainingTests {
  /// Options that go together, and the grids that they fit.
  struct Options: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var grids = Grid.all
    let set: @Sendable (inout Configuration) -> Void

    static let all = [
      Options(testDescription: "attention") { $0.model.attention = .dot },
      Options(testDescription: "self-attention") {
        ($0.model.selfAttention, $0.model.attention) = (5, .dot)
      },
      Options(testDescription: "dropout") {
        ($0.model.attention, $0.model.selfAttention) = (.dot, 5)
        ($0.model.dropout, $0.model.handOver, $0.training.lossPer) = (0.3, .hidden, .symbol)
      },
      Options(testDescription: "a peeky decoder", grids: Grid.all.filter { $0.layers == 1 }) {
        ($0.model.peeky, $0.model.attention, $0.model.dropout) = (true, .dot, 0.2)
      },
      Options(
        testDescription: "tied embeddings",
        grids: Grid.all.filter { $0.layers == 1 && $0.softmax == .onLastStage }
      ) {
        ($0.model.tiedEmbeddings, $0.model.embeddingSize) = (true, $0.model.hiddenSize)
        ($0.model.start, $0.model.forgetBias) = (.xavier, 1)
      },
    ]
  }

  @Test(
    "every option trains on every grid that it fits, and repeats its bits",
    arguments: Options.all + Options.languageModels)
  func options(_ options: Options) throws {
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    let runs = try ["first", "again"].map { name in
      try trainOnGrids(options.grids, path + "/\(name)") {
        $0.training.steps = 12
        options.set(&$0)
      }
    }
    guard MultiRank.world.rank == 0 else { return }
    let weights = try SafeTensorsFile(path + "/first/0/model.safetensors")
    for (index, grid) in options.grids.enumerated() where grid.ranks <= MultiRank.world.size {
      let name = "\(options.testDescription), \(grid.testDescription)"
      expectClose(runs[0][index], runs[0][0], steps: 12, name)
      try expectModel(path + "/first/\(index)", like: weights, name)
      #expect(runs[0][index].map(\.loss) == runs[1][index].map(\.loss), "\(name)")
    }
  }
}
