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
      Begin the output folder anew where it holds a model or metrics. The model stays until a new \
      one is complete; the metrics begin at once.
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
    guard let ranks else {
      // Where other ranks wait for this one, whoever started it ends them all.
      if !MPIRun.isInsideJob { Interruption.watch() }
      return try runOnRanks(train)
    }
    let run = try MPIRun(ranks: ranks, hosts: hosts.map(Hostfile.init))
    let models = SavedModels(output: try loaded(ranks: ranks).training.output ?? "")
    try sayingWhatIsSaved(models) {
      let code = try run.run(arguments) { models.sentence }
      if code != 0 { throw ExitCode(code) }
    }
  }

  /// What each rank does.
  private func train(over world: Communicator) throws {
    let configuration = try world.together { try loaded(ranks: world.size) }
    let models = SavedModels(output: configuration.training.output ?? "")
    try sayingWhatIsSaved(models) {
      try world.onFirstRank { try prepare(configuration, models) }
      let progress = TrainingProgress()
      let trace = Timeline(keepsEvents: timeline != nil)
      // Apart from the trainer, which communicates: one host may lack the corpus.
      let corpus = try world.together { try PreparedCorpus(configuration: configuration) }
      let trainer = try Trainer(
        configuration, corpus: corpus, from: from, timeline: trace, over: world,
        report: progress.show)
      let status = RankStatus(rank: world.rank)
      trace.observe { status?.says("\(trainer.role), \($0)") }
      do {
        try trainer.run()
      } catch let error as InputError where error.isCollective || world.size == 1 {
        throw error
      } catch let error as StandardOutput.ReaderHasGone {
        throw error
      } catch {
        let cause = error as? InputError
        let saved = cause?.kind == .stopped ? "; \(models.sentence)" : ""
        throw RankFailure(
          "\(trainer.role), \(trace.current): \(error)\(saved)", cause: cause)
      }
      if let timeline { try trace.write(to: timeline, over: world, role: trainer.role) }
    }
  }

  /// What the first rank does before all others: looks at what the training would replace, and
  /// prepares the corpus.
  private func prepare(_ configuration: Configuration, _ models: SavedModels) throws {
    try checkPaths(configuration, models)
    if let output = configuration.training.output, let taken = models.taken {
      guard overwrite else {
        throw InputError(
          "\(output) holds \(taken); give --overwrite to begin it anew, or another training.output",
          kind: .usage)
      }
      printWarning("\(taken) in \(output) will be replaced by what is trained now")
    }
    if let timeline {
      try AtomicFile.check(timeline)
      try warnOfReplacing(timeline)
    }
    let report = try preparedReport(for: configuration, force: false)
    for warning in report.warnings(configuration.data) { printWarning(warning) }
  }

  /// Refuses what would replace a file that this training reads, or has written itself.
  private func checkPaths(_ configuration: Configuration, _ models: SavedModels) throws {
    let data = configuration.data
    let inputs =
      [options.config]
      + [
        data.source, data.target, data.validationSource, data.validationTarget,
        from == nil ? data.sourceVocabulary : nil, from == nil ? data.targetVocabulary : nil,
      ].compactMap { $0 }
    for input in inputs {
      if let file = models.clash(with: input) {
        throw InputError(
          "the training would replace \(file), which it reads; set training.output to another "
            + "folder", kind: .usage)
      }
    }
    if let output = configuration.training.output,
      isSameFile(try PreparedCorpus.folder(for: configuration), output + "/last")
    {
      throw InputError("data.prepared cannot be the folder of the last model", kind: .usage)
    }
    guard let timeline else { return }
    if let file = fileRead(replacedBy: timeline, inputs: inputs, models: [models]) {
      throw InputError("--timeline would replace \(file), a file of this training", kind: .usage)
    }
  }

  /// Adds to the error of a training that stopped early what it leaves.
  private func sayingWhatIsSaved(_ models: SavedModels, _ body: () throws -> Void) throws {
    do { try body() } catch let error as InputError where error.kind == .stopped {
      throw InputError(
        "\(error.description); \(models.sentence)", kind: .stopped, isCollective: error.isCollective
      )
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
    guard configuration.training.output != nil else {
      throw InputError("the configuration does not say training.output")
    }
    let parallel = configuration.parallel
    do {
      _ = try ProcessGrid(
        ranks: ranks, data: parallel.data, layers: parallel.layers, softmax: parallel.softmax,
        modelLayers: configuration.model.layers)
    } catch {
      throw InputError(error.description)
    }
    if let from {
      try checkKind(of: from, configuration)
      configuration.data.useVocabularies(ofModel: from, configuration.model.type)
    }
    return configuration
  }

  /// Refuses to start from a model of another kind; weights of other programs may not say theirs.
  private func checkKind(of start: String, _ configuration: Configuration) throws {
    guard let kind = try? Configuration(contentsOf: start + "/config.yaml").model.type,
      kind != configuration.model.type
    else { return }
    throw InputError(
      "\(start) is of model.type \(kind.rawValue), and what is to be trained of "
        + "\(configuration.model.type.rawValue); start from a model of the same kind")
  }
}
