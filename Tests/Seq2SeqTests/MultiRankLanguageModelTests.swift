import TestSupport
import Testing

@testable import Seq2Seq

extension MultiRankTrainingTests.Options {
  private typealias Grid = MultiRankTrainingTests.Grid

  /// Seven streams of 30 symbols: blocks of seven, of which an epoch's last one is shorter, twice; on
  /// eight replicas one has no stream. Validations come between.
  private static func makeLanguageModel(_ configuration: inout Configuration) {
    configuration.model.type = .languageModel
    (configuration.data.source, configuration.data.validationSource) = (nil, nil)
    configuration.training.blockLength = 7
    configuration.training.validateEverySteps = 4
  }

  /// Language models, and the grids that they fit.
  static let languageModels = [
    Self(testDescription: "a language model") { makeLanguageModel(&$0) },
    Self(testDescription: "a language model of GRUs, whose blocks start from zero") {
      makeLanguageModel(&$0)
      ($0.model.cell, $0.training.stateful) = (.gru, false)
      ($0.training.lossPer, $0.training.learningRate) = (.sentence, 0.1)
    },
    Self(testDescription: "a language model to which unknown words do not count") {
      makeLanguageModel(&$0)
      ($0.data.targetVocabularySize, $0.training.ignoreUnknown) = (11, true)
      ($0.model.cell, $0.training.learningRate) = (.rnn, 0.2)
    },
    Self(testDescription: "dropout of a language model") {
      makeLanguageModel(&$0)
      $0.model.dropout = 0.3
    },
    Self(
      testDescription: "tied embeddings of a language model",
      grids: Grid.all.filter { $0.layers == 1 && $0.softmax == .onLastStage }
    ) {
      makeLanguageModel(&$0)
      ($0.model.tiedEmbeddings, $0.model.embeddingSize) = (true, $0.model.hiddenSize)
    },
    Self(testDescription: "sentences whose unknown words do not count") {
      ($0.data.targetVocabularySize, $0.training.ignoreUnknown) = (11, true)
      $0.training.lossPer = .symbol
    },
  ]
}

extension MultiRankTrainingTests {
  @Test("blocks on any grid have the loss of one long block on one rank")
  func unrolledOnGrids() throws {
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    let grids = [
      Grid(data: 1), Grid(data: 3), Grid(data: 1, layers: 4), Grid(data: 2, softmax: .sharded),
      Grid(data: 2, layers: 2, softmax: .dedicated(2)), Grid(data: 8),
    ]
    func losses(blockLength: Int?) throws -> [Double] {
      // Nothing is learnt, so that an epoch is one function.
      let runs = try trainOnGrids(grids, path + "/\(blockLength ?? 0)") {
        $0.model.type = .languageModel
        ($0.data.source, $0.data.validationSource) = (nil, nil)
        $0.data.validationTarget = nil
        $0.training.learningRate = 0
        ($0.training.epochs, $0.training.steps) = (1, nil)
        $0.training.blockLength = blockLength ?? 30
        $0.training.logEverySteps = 1000
      }
      return runs.compactMap { $0.last?.loss }
    }
    let (long, short) = (try losses(blockLength: nil), try losses(blockLength: 4))
    guard MultiRank.world.rank == 0, let exact = long.first else { return }
    #expect(long.count == short.count)
    for loss in long + short { #expect(abs(loss - exact) < 1e-6 * exact) }
  }

  @Test(
    "ten blocks from PyTorch's weights follow PyTorch", arguments: TorchFixture.languageModels)
  func torchLanguageModel(name: String) throws {
    let fixture = try TorchFixture(name)
    let expected = try fixture.training()
    let (path, owner) = try sharedFolder()
    defer { withExtendedLifetime(owner) {} }
    _ = try MultiRank.onGroups(of: [1, 2, 3, 4]) { group in
      var configuration = fixture.model.configuration
      configuration.data.target = fixture.folder + "/train.target"
      configuration.data.targetVocabulary = fixture.folder + "/target.vocab"
      configuration.training.output = path + "/\(group.size)"
      configuration.training.batchSize = expected.batchSize ?? 0
      configuration.training.blockLength = expected.blockLength ?? 0
      configuration.training.learningRate = expected.learningRate
      configuration.training.clipNorm = expected.clipNorm ?? 0
      configuration.training.epochs = expected.epochs ?? 0
      configuration.training.logEverySteps = 1
      let lines = try TrainingRun.metrics(configuration, from: fixture.folder, over: group)
      guard group.rank == 0 else { return }
      expectSteps(lines, of: expected)
    }
  }
}
