import Distributed
import Foundation

/// Measures training steps on sentences of one length, or on a configuration's corpus.
public struct Benchmark: Sendable {
  /// The model's sizes and the parallelism.
  public var configuration = Configuration()
  /// Words of a source sentence.
  public var sourceLength = 25
  /// Words of a target sentence.
  public var targetLength = 25
  /// A file whose running text the sentences are taken from; words are drawn uniformly if nil.
  public var text: String?
  /// Steps that are measured.
  public var steps = 5
  /// Steps before them that are not.
  public var warmup = 2

  /// The paper's shape.
  public init() {}

  /// Runs the steps on the ranks of `world`.
  ///
  /// - Returns: the same result on every rank, but for `perRank`, which rank 0 alone has.
  /// - Throws: `GridError` if the ranks do not form the configuration's grid; `InputError`.
  public func run(over world: Communicator) throws -> BenchmarkResult {
    // Opened apart from what communicates: a rank may fail to.
    let (words, sizes) = try world.together { try openWords() }
    let timeline = Timeline()
    let setup = try TrainingSetup(
      configuration, vocabularies: sizes, bounds: bounds(of: words),
      on: (world, timeline))
    let (plan, context, step) = (setup.shape.plan, setup.context, setup.step)
    var generator = SeededGenerator(seed: 1, stream: "benchmark")
    var measured: [BenchmarkResult.Step] = []
    for number in 0..<warmup + steps {
      let batch = setup.minibatch(
        batch(of: words, step: number, vocabularies: sizes, using: &generator))
      try world.barrier()
      if number == warmup { timeline.reset() }
      let start = ContinuousClock.now
      _ = try step.run(batch, learningRate: configuration.training.initialLearningRate)
      // The slowest rank's time is the step's.
      let time = try world.allReduce((ContinuousClock.now - start) / .seconds(1), .maximum)
      if number >= warmup {
        measured.append(BenchmarkResult.Step(seconds: time, batch.counts, costs: plan.wordCosts))
      }
    }
    timeline.computes("")
    let own = BenchmarkResult.Rank(
      role: context.description, parameters: step.worker.model.layout.count, timeline: timeline,
      steps: steps)
    let perRank = try gather(own, over: world)
    try world.barrier()
    let peak = try world.allReduce(PeakRate.measure())
    return BenchmarkResult(
      grid: context.grid.text, ranks: world.size, words: words.name,
      possibleSpeedup: SpeedupEstimate.speedup(
        of: context.grid, plan: plan, length: length,
        chunkSteps: configuration.parallel.chunkSteps),
      steps: measured, peak: peak, perRank: perRank)
  }

  private func openWords() throws -> (BenchmarkWords, VocabularySizes) {
    let data = configuration.data
    guard data.target != nil else {
      let words = try text.map {
        try BenchmarkWords.text(contentsOf: $0, length: max(sourceLength, targetLength, length + 1))
      }
      return (
        words ?? .uniform,
        VocabularySizes(source: data.sourceVocabularySize, target: data.targetVocabularySize)
      )
    }
    let corpus = try PreparedCorpus(configuration: configuration)
    return (.corpus(try corpus.trainingBatches(configuration)), corpus.vocabularies.sizes)
  }

  /// Steps of a minibatch on either side.
  private var length: Int {
    configuration.model.type.hasSource ? targetLength : configuration.training.blockLength
  }

  /// How large minibatches get: all are alike where no corpus is dealt out.
  private func bounds(of words: BenchmarkWords) -> BatchBounds {
    if case .corpus(let batches) = words { return batches.bounds }
    var bounds = BatchBounds()
    bounds.longest =
      configuration.model.type.hasSource
      ? BatchExtent(source: sourceLength, target: targetLength) : BatchExtent(symbols: length)
    for _ in 0..<configuration.training.batchSize { bounds.largest += bounds.longest }
    return bounds
  }

  private func batch(
    of words: BenchmarkWords, step: Int, vocabularies: VocabularySizes,
    using generator: inout SeededGenerator
  ) -> Batch {
    if case .corpus(let batches) = words { return batches.batch(ofStep: step) }
    func sentences(_ length: Int, _ vocabularySize: Int) -> [[Int32]] {
      (0..<configuration.training.batchSize).map { _ in
        words.sentence(length: length, vocabularySize: vocabularySize, using: &generator)
      }
    }
    guard configuration.model.type.hasSource else {
      return .block(
        StreamBlock(
          sentences(length + 1, vocabularies.target),
          continues: configuration.training.stateful && step > 0))
    }
    let sources = sentences(sourceLength, vocabularies.source)
    return .sentences(
      zip(sources, sentences(targetLength, vocabularies.target)).map {
        SentencePair(source: $0, target: $1)
      })
  }

  private func gather(
    _ own: BenchmarkResult.Rank, over world: Communicator
  ) throws -> [BenchmarkResult.Rank] {
    try world.gather(bytes: Array(JSONEncoder().encode(own))).map {
      try JSONDecoder().decode(BenchmarkResult.Rank.self, from: Data($0))
    }
  }
}

extension ProcessGrid {
  /// As people write it: `data×(layers+softmax)`.
  var text: String { "\(data)×(\(layers)+\(softmax.text))" }
}
