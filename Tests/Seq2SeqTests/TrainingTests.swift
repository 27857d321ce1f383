import Distributed
import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Optimizers and schedules")
struct OptimizerTests {
  @Test("the paper's rate: 0.7, halved every half epoch from epoch 5 on")
  func schedule() {
    let schedule = LearningRateSchedule()
    #expect(schedule.rate(atEpoch: 0) == 0.7)
    #expect(schedule.rate(atEpoch: 4.999) == 0.7)
    #expect(schedule.rate(atEpoch: 5) == 0.35)
    #expect(schedule.rate(atEpoch: 5.49) == 0.35)
    #expect(schedule.rate(atEpoch: 5.5) == 0.175)
    #expect(abs(schedule.rate(atEpoch: 7.49) - 0.7 / 32) < 1e-12)
    let constant = LearningRateSchedule(initial: 0.1, halveAfterEpoch: .infinity)
    #expect(constant.rate(atEpoch: 1e6) == 0.1)
  }

  @Test("gradients are scaled only where their norm is above the limit")
  func clipping() {
    #expect(clippingScale(norm: 4.9, clipNorm: 5) == 1)
    #expect(clippingScale(norm: 10, clipNorm: 5) == 0.5)
  }

  /// A dense vector of two numbers and a table of three rows.
  private func layout() -> ParameterLayout {
    var layout = ParameterLayout()
    _ = layout.addVector("v", count: 2)
    _ = layout.addTable("t", rows: 3, columns: 1)
    return layout
  }

  @Test("SGD moves dense parameters and touched rows, clipped")
  func sgd() {
    let parameters = Parameters(layout: layout())
    let gradients = Gradients(layout: layout())
    gradients.dense.base[0] = 6
    gradients.tables[0].begin(rows: [1])[0, 0] = 8
    #expect(gradients.sumOfSquares(dense: 0..<2) + gradients.sumOfSquaresOfTables() == 100)
    var optimizer = StochasticGradientDescent(ownership: .whole(parameters.layout))
    optimizer.update(parameters, gradients, clippedTo: 5, norm: 10, learningRate: 0.5)
    let values = UnsafeBufferPointer(start: parameters.pointer(at: 0), count: 5)
    #expect(Array(values) == [-1.5, 0, 0, -2, 0])
  }

  @Test("Adam follows torch.optim.Adam, also for rows that no minibatch touches")
  func adam() {
    let parameters = Parameters(layout: layout())
    let gradients = Gradients(layout: layout())
    var optimizer = Adam(layout: layout(), ownership: .whole(layout()))
    // torch.optim.Adam([p], lr=0.1), p = 0, with the gradients 1, 0, -0.5 and 2, 0, 0.
    let expected: [(Float, Float)] = [
      (-0.1, -0.1), (-0.16700582, -0.16700582), (-0.18473254, -0.21880153),
    ]
    for (step, gradient) in [(Float(1), Float(2)), (0, 0), (-0.5, 0)].enumerated() {
      gradients.clear()
      gradients.dense.base[0] = gradient.0
      if gradient.1 != 0 {
        gradients.tables[0].begin(rows: [2])[0, 0] = gradient.1
      }
      optimizer.update(parameters, gradients, clippedTo: 5, norm: 1, learningRate: 0.1)
      let values = parameters.pointer(at: 0)
      #expect(abs(values[0] - expected[step].0) < 1e-6)
      #expect(abs(values[4] - expected[step].1) < 1e-6)
      #expect(values[1] == 0)
      #expect(values[2] == 0)
    }
  }
}

@Suite("Memory that a training takes")
struct MemoryNeedTests {
  @Test("is counted exactly: parameters once, gradients, moments, activations, laid-out weights")
  func need() {
    let (hidden, embedding, rows) = (10, 6, 50)
    let shape = EncoderDecoderShape(
      layerCount: 2, hiddenSize: hidden, embeddingSize: embedding,
      vocabularies: VocabularySizes(source: 30, target: 1000))
    let model = shape.makeWhole()
    let need = MemoryNeed(model, optimizer: .adam, batch: BatchExtent(symbols: rows))
    #expect(need.parameters == 4 * Double(model.layout.count))
    // Of an LSTM per layer, row and cell: four gates, two states, tanh and the output; and between layers
    // six numbers more. The output layer is laid out tile by tile, whatever its vocabulary.
    let activations = 1.25 * Double(rows * hidden * (2 * 8 + 6))
    let numbers = Double(model.layout.denseCount + 2 * model.layout.count) + activations
    // The recurrent weights of both layers, and the input's of one.
    #expect(need.own == 4 * (numbers + Double(3 * 4 * hidden * hidden)))
  }

  @Test("weights of attention grow with the square of a sentence's length")
  func attention() {
    func growth(_ change: (inout EncoderDecoderShape) -> Void) -> Double {
      var shape = EncoderDecoderShape(
        layerCount: 1, hiddenSize: 8, embeddingSize: 8,
        vocabularies: VocabularySizes(source: 9, target: 9))
      change(&shape)
      let model = shape.makeWhole()
      let sentence = BatchExtent(source: 20_000, target: 9_999)
      let linear = BatchExtent(symbols: sentence.symbols)
      return model.activationCount(of: sentence) - model.activationCount(of: linear)
    }
    #expect(growth { _ in } == 0)
    #expect(growth { $0.attention = .dot } == 2 * 20_000 * 10_000)
    #expect(growth { $0.selfAttention = 4 } == 2 * 20_000 * 20_000)
  }

  @Test("a local batch may have a sentence more than an even part")
  func part() {
    var bounds = BatchBounds()
    for (source, target) in [(3, 4), (5, 1)] {
      bounds.largest += BatchExtent(source: source, target: target)
      bounds.longest = bounds.longest.union(BatchExtent(source: source, target: target))
    }
    #expect(bounds.largest.symbols == 15 && bounds.longest.symbols == 8)
    #expect(bounds.largest.targetsBySources == 25 && bounds.longest.targetsBySources == 15)
    #expect(bounds.largest.sourcesBySources == 34 && bounds.longest.sourcesBySources == 25)
    let part = bounds.part(of: 2)
    #expect(part.symbols == 15 && part.targetsBySources == 27 && part.sourcesBySources == 42)
  }
}

/// Trains on real files with one rank of MPI or many: `mpirun` decides.
enum TrainingRun {
  /// A corpus of a few short sentences and its configuration.
  static func configuration(in folder: TemporaryFolder, pairs: Int = 50) -> Configuration {
    var generator = SeededGenerator(seed: 5, stream: "corpus")
    var sources = ""
    var targets = ""
    for _ in 0..<pairs {
      let words = (0..<Int.random(in: 1...7, using: &generator)).map { _ in
        "w\(Int.random(in: 0..<21, using: &generator))"
      }
      sources += words.joined(separator: " ") + "\n"
      targets += words.reversed().dropLast(words.count > 3 ? 1 : 0).joined(separator: " ") + "\n"
    }
    var configuration = Configuration()
    configuration.model.layers = 2
    configuration.model.hiddenSize = 12
    configuration.model.embeddingSize = 9
    // At the ±0.08 of long sentences and many cells, the lower layers of such a small model have no part in
    // the gradient, and whatever went wrong with them would go unseen.
    configuration.model.initRange = 0.7
    configuration.data.source = folder.write(sources, to: "train.source")
    configuration.data.target = folder.write(targets, to: "train.target")
    configuration.training.output = folder.path + "/run"
    configuration.training.batchSize = 7
    configuration.training.logEverySteps = 1
    configuration.training.steps = 50
    configuration.training.epochs = 100
    configuration.training.validateEverySteps = 1_000_000
    return configuration
  }

  /// Trains and returns rank 0's lines of metrics, of the steps or of the validations.
  static func metrics(
    _ configuration: Configuration, from start: String? = nil, ofValidations: Bool = false,
    over communicator: Communicator
  ) throws -> [TrainingMetrics] {
    if communicator.rank == 0 { try PreparedCorpus.prepare(configuration) }
    try communicator.barrier()
    var lines: [TrainingMetrics] = []
    let trainer = try Trainer(
      configuration, corpus: try PreparedCorpus(configuration: configuration), from: start,
      over: communicator
    ) { event in
      switch event {
      case .trained(let metrics) where !ofValidations: lines.append(metrics)
      case .validated(let metrics, _) where ofValidations: lines.append(metrics)
      default: break
      }
    }
    try trainer.run()
    return lines
  }
}
