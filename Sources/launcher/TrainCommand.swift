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

  @Option(
    help: "A model folder whose weights and vocabularies to start from.", completion: .directory)
  var from: String?

  @Flag(
    help: """
      Begin the output folder anew where it holds a model or metrics. What is there stays until a \
      new model is complete.
      """)
  var overwrite = false

  @Option(
    help: "Write what every rank did when, for the trace viewers of Chrome and Perfetto.",
    completion: .file())
  var timeline: String?

  @Option(help: "Start mpirun with this many ranks.")
  var ranks: Int?

  @Option(help: "The hostfile for --ranks; this machine alone without it.", completion: .file())
  var hosts: String?

  func validate() throws {
    if let ranks, !MPIRun.possibleRanks.contains(ranks) {
      throw ValidationError("--ranks must be from 1 to \(MPIRun.possibleRanks.upperBound)")
    }
    if hosts != nil, ranks == nil { throw ValidationError("--hosts goes with --ranks") }
    if ranks != nil, MPIRun.isInsideJob {
      throw ValidationError("--ranks starts mpirun itself; leave out one of the two")
    }
  }

  func run() throws {
    guard let ranks else { return try runOnRanks(train) }
    let run = try MPIRun(ranks: ranks, hosts: hosts.map(Hostfile.init))
    let output = try loaded(ranks: ranks).training.output
    let models = output.map(SavedModels.init(output:))
    try sayingWhatIsSaved(models) {
      throw ExitCode(
        try run.run(arguments) { models?.sentence })
    }
  }

  /// What each rank does.
  private func train(over world: Communicator) throws {
    let configuration = try world.together { try loaded(ranks: world.size) }
    let models = configuration.training.output.map(SavedModels.init(output:))
    // Where other ranks wait for this one, whoever started it ends them all.
    if world.size == 1 { Interruption.watch() }
    try sayingWhatIsSaved(models) {
      try world.onFirstRank { try prepare(configuration, models) }
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
      } catch let error as InputError where error.isShared || world.size == 1 {
        throw error
      } catch let error as StandardOutput.ReaderHasGone {
        throw error
      } catch {
        throw RankFailure(
          "\(trainer.role), \(trace.current): \(error)", cause: error as? InputError)
      }
      if let timeline { try trace.write(to: timeline, over: world, role: trainer.role) }
    }
  }

  /// What the first rank does before all others: looks at what the training would replace, and
  /// prepares the corpus.
  private func prepare(_ configuration: Configuration, _ models: SavedModels?) throws {
    if let output = configuration.training.output, let taken = models?.taken {
      guard overwrite else {
        throw InputError(
          "\(output) holds \(taken); give --overwrite to begin it anew, or another training.output",
          kind: .usage)
      }
      printWarning("\(taken) in \(output) will be replaced by what is trained now")
    }
    if let timeline { try warnOfReplacing(timeline) }
    let report = try preparedReport(for: configuration, force: false)
    for warning in report.warnings(configuration.data) { printWarning(warning) }
  }

  /// Adds to the error of a training that stopped early what it leaves.
  private func sayingWhatIsSaved(_ models: SavedModels?, _ body: () throws -> Void) throws {
    do { try body() } catch let error as InputError where error.kind == .stopped {
      throw InputError(
        "\(error.description); \(models?.sentence ?? "nothing of it was saved")", kind: .stopped,
        isShared: error.isShared)
    }
  }

  /// The arguments of a rank: those of this command without what starts the ranks.
  private var arguments: [String] {
    ["train", options.config] + options.settings.flatMap { ["--set", $0] }
      + (from.map { ["--from", $0] } ?? []) + (overwrite ? ["--overwrite"] : [])
      + (timeline.map { ["--timeline", $0] } ?? [])
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
    if let from { configuration.data.useVocabularies(ofModel: from) }
    return configuration
  }
}

/// Says that a file will be replaced, if there is one.
func warnOfReplacing(_ path: String) throws {
  var status = stat()
  guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
    return
  }
  printWarning(
    "\(path) is there already, with \(grouped(Int(status.st_size))) bytes: it is replaced")
}
