import ArgumentParser
import Distributed
import Foundation
import Seq2Seq

/// `launcher benchmark training`
struct TrainingBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "training",
    abstract: "Measure how training scales over grids of ranks (the default).",
    discussion: """
      Each grid is run by itself, with mpirun, on made-up sentences of one length: words drawn \
      uniformly, which hardly repeat, and with --text pieces of a real text as well. Efficiency is \
      the words per second per rank, as a fraction of those of the first grid; speedup is \
      against the first grid too, and possible what counting the work and the filling of the \
      pipeline allows where every rank has a core. GFLOP/s counts 6 operations for each weight \
      that a word meets; the peak is what the cores multiplied and added at most in the same run. \
      Exposed communication is the largest fraction of a step that any rank spends waiting, handing \
      on or summing.
      """)

  @Option(
    help: ArgumentHelp(
      "The grids, as data x (layers + softmax).", valueName: "2x1,1x2,1x(4+4),2x(1+sharded)"))
  var grids = "1x1,2x1"

  @Flag(help: "The paper's shape: 4 layers of 1000, 160,000/80,000 words, and its grid 1x(4+4).")
  var paper = false

  @Option(
    help: "Measure this configuration's model and corpus, instead of made-up sentences.",
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(help: "With --config, the order of its sentences instead of the configuration's.")
  var order: String?

  @Option(
    help: "A file of text: its pieces are measured as well as words drawn uniformly.",
    completion: .file())
  var text: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes a key of what is measured, such as model.attention=dot; may be repeated.",
      valueName: "section.key=value"))
  var settings: [String] = []

  @Option(help: "Layers of the encoder, and of the decoder.")
  var layers = 2

  @Option(help: "Cells per layer, and numbers per embedding.")
  var hidden = 512

  @Option(help: "Symbols of the source vocabulary.")
  var sourceVocabulary = 10_000

  @Option(help: "Symbols of the target vocabulary.")
  var targetVocabulary = 10_000

  @Option(help: "Sentences of a minibatch.")
  var batch = 128

  @Option(help: "Words of a sentence, or of a language model's block.")
  var length = 25

  @Option(help: "Words of a target sentence, if it is another number.")
  var targetLength: Int?

  @Option(help: "How gradients are summed: shared, or mpi.")
  var exchange = Peers.Exchange.shared

  @Option(help: "Steps to measure.")
  var steps = 5

  @Option(help: "Steps before them.")
  var warmup = 2

  @Option(help: "Time steps that stages pass on together.")
  var chunk = 4

  @Option(help: "The hostfile; this machine alone without it.", completion: .file())
  var hosts: String?

  @Option(help: "Write a chart of words per second against ranks, as SVG.", completion: .file())
  var chart: String?

  @OptionGroup var output: ResultOptions

  func validate() throws {
    // A shape that is larger than memory is refused when it is counted, not here.
    try check([("--layers", layers)], in: 1...1000)
    try check([("--hidden", hidden), ("--batch", batch)], in: 1...1_000_000)
    try check(
      [("--length", length), ("--target-length", targetLength ?? 1), ("--chunk", chunk)],
      in: 1...1_000_000)
    try check([("--steps", steps)], in: 1...1_000_000)
    try check([("--warmup", warmup)], in: 0...1_000_000)
    try check(
      [("--source-vocabulary", sourceVocabulary), ("--target-vocabulary", targetVocabulary)],
      in: 3...Int(Int32.max))
    if let order, BatchOrder(rawValue: order) == nil {
      throw ValidationError("--order is bucketed, random or sequential")
    }
    guard !gridNames.isEmpty else { throw ValidationError("--grids names no grid") }
    _ = try gridNames.map(GridName.init)
    if let setting = settings.first(where: { $0.hasPrefix("parallel.") }) {
      throw ValidationError(
        "--set \(setting): --grids, --exchange and --chunk say how ranks share the work")
    }
  }

  /// Refuses what no rank could measure, before any is started.
  private func checkCombinations() throws {
    for name in gridNames {
      let configuration = try benchmark(GridName(name)).configuration
      do { try configuration.checkCombinations() } catch let error as InputError {
        throw InputError("the grid \(name): \(error.description)", kind: .usage)
      }
    }
  }

  func run() throws {
    try checkCombinations()
    if let worker = output.worker {
      return try BenchmarkJob.work(worker, benchmark(GridName(gridNames[0])).run)
    }
    if MPIRun.isInsideJob {
      return try runOnRanks { world in
        let result = try benchmark(GridName(gridNames[0])).run(over: world)
        guard world.rank == 0 else { return }
        try StandardOutput.line(
          [BenchmarkTable.header, BenchmarkTable.row(result, base: result)].joined(separator: "\n"))
        try write([result], toJSON: output.json)
      }
    }
    if let config { try preparedReport(for: Configuration(contentsOf: config), force: false) }
    var results: [BenchmarkResult] = []
    try StandardOutput.line(BenchmarkTable.header)
    for text in config == nil && text != nil ? [nil, text] : [nil] {
      var base: BenchmarkResult?
      for name in gridNames {
        let result = try measure(GridName(name), text: text)
        base = base ?? result
        results.append(result)
        try StandardOutput.line(BenchmarkTable.row(result, base: base ?? result))
      }
    }
    try StandardOutput.line("")
    for result in results { try StandardOutput.line(BenchmarkTable.ranks(result)) }
    try write(results, toJSON: output.json)
    if let chart {
      try warnOfReplacing(chart)
      try AtomicFile.write(
        ScalingChart(results.filter { $0.words == results[0].words }).svg, to: chart)
    }
  }

  private var gridNames: [String] {
    (paper && grids == "1x1,2x1" ? "1x(4+4)" : grids).split(separator: ",").map(String.init)
  }

  /// Runs one grid as a job of its own.
  private func measure(_ grid: GridName, text: String?) throws -> BenchmarkResult {
    var arguments = ["training", "--grids", grid.text, "--exchange", exchange.rawValue]
    if paper { arguments.append("--paper") }
    for (name, value) in [("config", config), ("order", order), ("text", text)] {
      if let value { arguments += ["--\(name)", value] }
    }
    for setting in settings { arguments += ["--set", setting] }
    for (name, value) in [
      ("layers", layers), ("hidden", hidden), ("source-vocabulary", sourceVocabulary),
      ("target-vocabulary", targetVocabulary), ("batch", batch), ("length", length),
      ("target-length", targetLength ?? length), ("steps", steps), ("warmup", warmup),
      ("chunk", chunk),
    ] { arguments += ["--\(name)", "\(value)"] }
    return try BenchmarkJob(ranks: grid.ranks, hosts: hosts).run(arguments)
  }

  /// What each rank of such a job does.
  private func benchmark(_ grid: GridName) throws -> Benchmark {
    var benchmark = Benchmark()
    if let config {
      benchmark.configuration = try Configuration(contentsOf: config)
      if let order = order.flatMap(BatchOrder.init) { benchmark.configuration.data.order = order }
    } else {
      if !paper {
        benchmark.configuration.model.layers = layers
        benchmark.configuration.model.hiddenSize = hidden
        benchmark.configuration.model.embeddingSize = hidden
        benchmark.configuration.data.sourceVocabularySize = sourceVocabulary
        benchmark.configuration.data.targetVocabularySize = targetVocabulary
      }
      benchmark.configuration.training.batchSize = batch
      // Of a language model (`--set model.type=language-model`).
      benchmark.configuration.training.blockLength = length
    }
    try benchmark.configuration.apply(
      settings, folder: FileManager.default.currentDirectoryPath)
    benchmark.configuration.parallel.data = grid.data
    benchmark.configuration.parallel.layers = grid.layers
    benchmark.configuration.parallel.softmax = grid.softmax
    benchmark.configuration.parallel.chunkSteps = chunk
    benchmark.configuration.parallel.exchange = exchange
    benchmark.sourceLength = length
    benchmark.targetLength = targetLength ?? length
    benchmark.text = text
    benchmark.steps = steps
    benchmark.warmup = warmup
    return benchmark
  }
}

extension Peers.Exchange: ExpressibleByArgument {}
