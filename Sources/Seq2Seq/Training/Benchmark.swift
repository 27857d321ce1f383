import Distributed
import Foundation

/// Measures training steps: on made-up sentences of one length, with words drawn uniformly, or on
/// the configuration's corpus if it names one.
public struct Benchmark: Sendable {
  /// The model's sizes and the parallelism.
  public var configuration = Configuration()
  /// Words a sentence, on both sides.
  public var length = 25
  /// Steps that are measured.
  public var steps = 5
  /// Steps before them that are not.
  public var warmup = 2

  /// The paper's shape.
  public init() {}

  /// What a rank did, as means over the measured steps.
  public struct Rank: Codable, Sendable {
    /// Its role in the grid.
    public var role: String
    /// Numbers that it owns.
    public var parameters: Int
    /// Seconds a step of its own work.
    public var computing: Double
    /// Seconds a step of waiting for other stages and slices.
    public var waiting: Double
    /// Seconds a step of handing on.
    public var sending: Double
    /// Seconds a step of sums over replicas.
    public var exchanging: Double
    /// The most memory that the process has held, in bytes.
    public var memory: Int
  }

  /// What a grid did.
  public struct Result: Codable, Sendable {
    /// As `data×(layers+softmax)`.
    public var grid: String
    /// How many ranks.
    public var ranks: Int
    /// How many times as fast as one rank the grid could be by counting work and the filling of
    /// the pipeline, if every rank has a core.
    public var possibleSpeedup: Double
    /// Source and target words a second, from the median step.
    public var wordsPerSecond: Double
    /// Seconds of each measured step.
    public var seconds: [Double]
    /// Of each rank.
    public var perRank: [Rank]

    /// The largest part of a step that a rank spends on communication that nothing hides.
    public var exposedCommunication: Double {
      perRank.map { rank in
        let other = rank.waiting + rank.sending + rank.exchanging
        return other / max(rank.computing + other, 1e-12)
      }.max() ?? 0
    }
  }

  /// Runs the steps on the ranks of `world`.
  ///
  /// - Returns: the same result on every rank.
  /// - Throws: `GridError` if the ranks do not form the configuration's grid.
  public func run(over world: Communicator) throws -> Result {
    let timeline = Timeline()
    let corpus = try configuration.data.source.map { _ in try BenchmarkCorpus(configuration) }
    let shape = ModelShape(
      configuration.model,
      sourceVocabularySize: corpus?.sourceVocabularySize ?? configuration.data.sourceVocabularySize,
      targetVocabularySize: corpus?.targetVocabularySize ?? configuration.data.targetVocabularySize)
    let place = try GridPlace(
      configuration.parallel, shape: shape, world: world, timeline: timeline)
    let network = EncoderDecoder(shape, part: place.part)
    let parameters = try place.makeParameters(network.layout) { parameters, slices in
      parameters.initializeUniformly(
        range: Float(configuration.model.initRange), seed: 1, slices)
    }
    var step = try TrainingStep(
      network, parameters: parameters, optimizer: StochasticGradientDescent.init,
      clipNorm: configuration.training.clipNorm, at: place)

    var generator = SeededGenerator(seed: 1, stream: "benchmark")
    var seconds: [Double] = []
    var rates: [Double] = []
    for number in 0..<warmup + steps {
      let pairs = try corpus?.pairs(ofStep: number) ?? uniformPairs(using: &generator)
      let batch = WholeBatch(
        pairs, reverseSource: configuration.data.reverseSource, replicas: place.grid.data)
      try world.barrier()
      if number == warmup { timeline.reset() }
      let start = ContinuousClock.now
      _ = try step.run(batch, learningRate: configuration.training.initialLearningRate)
      // The slowest rank's time is the step's.
      let time = try world.allReduce((ContinuousClock.now - start) / .seconds(1), .maximum)
      guard number >= warmup else { continue }
      seconds.append(time)
      rates.append(Double(pairs.reduce(0) { $0 + $1.source.count + $1.target.count }) / time)
    }
    let own = rank(place, network: network, timeline: timeline)
    return Result(
      grid: place.grid.text, ranks: world.size,
      possibleSpeedup: PipelineModel.speedup(
        of: place.grid, shape: shape, length: length,
        chunkSteps: configuration.parallel.chunkSteps),
      wordsPerSecond: rates.sorted()[rates.count / 2], seconds: seconds,
      perRank: try gather(own, over: world))
  }

  private func uniformPairs(using generator: inout SeededGenerator) -> [SentencePair] {
    func sentence(_ vocabularySize: Int) -> [Int32] {
      (0..<length).map { _ in Int32.random(in: 2..<Int32(vocabularySize), using: &generator) }
    }
    return (0..<configuration.training.batchSize).map { _ in
      SentencePair(
        source: sentence(configuration.data.sourceVocabularySize),
        target: sentence(configuration.data.targetVocabularySize))
    }
  }

  private func rank(_ place: GridPlace, network: EncoderDecoder, timeline: Timeline) -> Rank {
    timeline.computes("")
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func mean(_ activity: Timeline.Activity) -> Double {
      timeline.seconds(activity) / Double(steps)
    }
    return Rank(
      role: place.description, parameters: network.layout.count, computing: mean(.computing),
      waiting: mean(.waiting), sending: mean(.sending), exchanging: mean(.exchanging),
      memory: usage.ru_maxrss * 1024)
  }

  private func gather(_ own: Rank, over world: Communicator) throws -> [Rank] {
    let bytes = try JSONEncoder().encode(own)
    return try (0..<world.size).map { rank in
      let text = try world.broadcast(bytes: rank == world.rank ? Array(bytes) : [], from: rank)
      return try JSONDecoder().decode(Rank.self, from: Data(text))
    }
  }
}

/// The minibatches of a prepared corpus.
private struct BenchmarkCorpus {
  private let corpus: PreparedCorpus
  private let epoch: BatchSampler.Epoch

  init(_ configuration: Configuration) throws {
    corpus = try PreparedCorpus(configuration: configuration)
    epoch = BatchSampler(
      corpus: corpus.training, order: configuration.data.order,
      batchSize: configuration.training.batchSize, seed: configuration.training.seed
    ).epoch(0)
  }

  var sourceVocabularySize: Int { corpus.sourceVocabulary.count }
  var targetVocabularySize: Int { corpus.targetVocabulary.count }

  func pairs(ofStep number: Int) throws -> [SentencePair] {
    epoch[number % epoch.count].map { corpus.training[Int($0)] }
  }
}

extension ProcessGrid {
  /// As people write it: `data×(layers+softmax)`.
  var text: String { "\(data)×(\(layers)+\(softmax.text))" }
}
