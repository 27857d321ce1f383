import ArgumentParser
import Distributed
import Foundation
import Seq2Seq

/// `launcher train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model.",
    discussion: """
      Runs on the ranks that mpirun starts (`mpirun -np 4 launcher train config.yaml`), or starts \
      them itself with --ranks. The output folder receives the best model, the last one in its \
      folder `last`, and metrics.jsonl.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: "A model folder whose weights and vocabularies to start from.")
  var from: String?

  @Option(
    help: "Write what every rank did when, for the trace viewers of Chrome and Perfetto.")
  var timeline: String?

  @Option(help: "Start mpirun with this many ranks.")
  var ranks: Int?

  @Option(help: "The hostfile for --ranks; this machine alone without it.")
  var hosts: String?

  func validate() throws {
    if let ranks, ranks < 1 { throw ValidationError("--ranks must be at least 1") }
    if hosts != nil, ranks == nil { throw ValidationError("--hosts goes with --ranks") }
    if ranks != nil, MPIRun.isInsideJob {
      throw ValidationError("--ranks starts mpirun itself; leave out one of the two")
    }
  }

  func run() throws {
    if let ranks {
      throw ExitCode(try MPIRun(ranks: ranks, hosts: hosts).run(arguments))
    }
    try runOnRanks { world in
      let configuration = try world.together { try loaded(ranks: world.size) }
      try world.onFirstRank { try preparedReport(for: configuration, force: false) }
      let progress = TrainingProgress()
      let trace = Timeline(keepsEvents: timeline != nil)
      // Apart from the trainer, which communicates: one host may lack the corpus.
      let corpus = try world.together { try PreparedCorpus(configuration: configuration) }
      let trainer = try world.together {
        try Trainer(
          configuration, corpus: corpus, from: from, timeline: trace, over: world,
          report: progress.show)
      }
      let status = RankStatus(rank: world.rank)
      trace.observe { status?.says("\(trainer.role), \($0)") }
      do {
        try trainer.run()
      } catch let error as InputError where error.isShared {
        throw error
      } catch {
        throw RankFailure(
          "\(trainer.role), \(trace.current): \(error)", cause: error as? InputError)
      }
      if let timeline { try trace.write(to: timeline, over: world, role: trainer.role) }
    }
  }

  /// The arguments of a rank: those of this command without what starts the ranks.
  private var arguments: [String] {
    ["train", options.config] + options.settings.flatMap { ["--set", $0] }
      + (from.map { ["--from", $0] } ?? []) + (timeline.map { ["--timeline", $0] } ?? [])
  }

  private func loaded(ranks: Int) throws -> Configuration {
    var configuration = try options.load()
    let parallel = configuration.parallel
    do {
      _ = try ProcessGrid(
        ranks: ranks, data: parallel.data, layers: parallel.layers, softmax: parallel.softmax,
        modelLayers: configuration.model.layers)
    } catch {
      throw InputError(error.description)
    }
    if let from {
      // The ids in the weights are those of their vocabularies.
      configuration.data.sourceVocabulary = from + "/source.vocab"
      configuration.data.targetVocabulary = from + "/target.vocab"
    }
    return configuration
  }
}
