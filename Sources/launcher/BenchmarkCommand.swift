import ArgumentParser
import Distributed
import Foundation
import Seq2Seq

/// `launcher benchmark`
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure how training scales over grids of ranks.",
    discussion: """
      Each grid is run by itself, with mpirun, on made-up sentences of one length. Efficiency is \
      the words a second of a rank, as a part of those of the first grid's ranks; speedup is \
      against the first grid too, and possible what counting the work and the filling of the \
      pipeline allows where every rank has a core. Exposed \
      communication is the largest part of a step that any rank spends waiting, handing on or \
      summing.
      """)

  @Option(
    help: ArgumentHelp(
      "The grids, as data x (layers + softmax).", valueName: "2x1,1x2,1x(4+4),2x(1+shared)"))
  var grids = "1x1,2x1"

  @Flag(help: "The paper's shape: 4×1000, 160,000/80,000 words, and its grid 1x(4+4).")
  var paper = false

  @Option(help: "Measure this configuration's model and corpus, instead of made-up sentences.")
  var config: String?

  @Option(help: "LSTM layers.")
  var layers = 2

  @Option(help: "Cells a layer, and numbers an embedding.")
  var hidden = 512

  @Option(help: "Symbols of the source vocabulary.")
  var sourceVocabulary = 10_000

  @Option(help: "Symbols of the target vocabulary.")
  var targetVocabulary = 10_000

  @Option(help: "Sentences of a minibatch.")
  var batch = 128

  @Option(help: "Words of a sentence.")
  var length = 25

  @Option(help: "Steps to measure.")
  var steps = 5

  @Option(help: "Steps before them.")
  var warmup = 2

  @Option(help: "Time steps that stages pass on together.")
  var chunk = 4

  @Option(help: "The hostfile; this machine alone without it.")
  var hosts: String?

  @Option(help: "Write the results as JSON.")
  var json: String?

  @Option(help: "Write a chart of words a second against ranks, as SVG.")
  var chart: String?

  @Option(help: .hidden)
  var worker: String?

  func validate() throws {
    let counts = [layers, hidden, batch, length, steps, chunk]
    guard counts.allSatisfy({ $0 >= 1 }), warmup >= 0, sourceVocabulary > 2, targetVocabulary > 2
    else { throw ValidationError("sizes and counts must be at least 1, vocabularies at least 3") }
    _ = try gridNames.map(GridName.init)
  }

  func run() throws {
    if let worker { return try runWorker(result: worker) }
    // What is compared are ranks: one thread each, whatever cores are left over.
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    if let config { try preparedReport(for: Configuration(contentsOf: config), force: false) }
    var results: [Benchmark.Result] = []
    print(Self.header)
    for name in gridNames {
      let result = try measure(GridName(name))
      results.append(result)
      print(row(result, base: results[0]))
    }
    print("")
    for result in results { print(rankTable(result)) }
    if let json { try write(results, to: json) }
    if let chart {
      try ScalingChart(results).svg.write(toFile: chart, atomically: true, encoding: .utf8)
    }
  }

  private var gridNames: [String] {
    (paper && grids == "1x1,2x1" ? "1x(4+4)" : grids).split(separator: ",").map(String.init)
  }

  /// Runs one grid as a job of its own.
  private func measure(_ grid: GridName) throws -> Benchmark.Result {
    let file = NSTemporaryDirectory() + "/benchmark-\(getpid()).json"
    defer { unlink(file) }
    var arguments = ["benchmark", "--worker", file, "--grids", grid.text]
    if paper { arguments.append("--paper") }
    if let config { arguments += ["--config", config] }
    for (name, value) in [
      ("layers", layers), ("hidden", hidden), ("source-vocabulary", sourceVocabulary),
      ("target-vocabulary", targetVocabulary), ("batch", batch), ("length", length),
      ("steps", steps), ("warmup", warmup), ("chunk", chunk),
    ] { arguments += ["--\(name)", "\(value)"] }
    let code = try MPIRun(ranks: grid.ranks, hosts: hosts).run(arguments)
    guard code == 0 else { throw ExitCode(code) }
    let data = try Data(contentsOf: URL(fileURLWithPath: file))
    return try JSONDecoder().decode(Benchmark.Result.self, from: data)
  }

  /// What each rank of such a job does.
  private func runWorker(result path: String) throws {
    let grid = try GridName(gridNames[0])
    var benchmark = Benchmark()
    if let config {
      benchmark.configuration = try Configuration(contentsOf: config)
    } else if !paper {
      benchmark.configuration.model.layers = layers
      benchmark.configuration.model.hiddenSize = hidden
      benchmark.configuration.model.embeddingSize = hidden
      benchmark.configuration.data.sourceVocabularySize = sourceVocabulary
      benchmark.configuration.data.targetVocabularySize = targetVocabulary
    }
    if config == nil { benchmark.configuration.training.batchSize = batch }
    benchmark.configuration.parallel.data = grid.data
    benchmark.configuration.parallel.layers = grid.layers
    benchmark.configuration.parallel.softmax = grid.softmax
    benchmark.configuration.parallel.chunkSteps = chunk
    benchmark.length = length
    benchmark.steps = steps
    benchmark.warmup = warmup
    try runOnRanks { world in
      do {
        let result = try benchmark.run(over: world)
        if world.rank == 0 {
          try JSONEncoder().encode(result).write(to: URL(fileURLWithPath: path))
        }
      } catch let error as GridError {
        throw InputError(error.description, kind: .usage, isShared: true)
      }
    }
  }

  private static let header =
    "grid              ranks   words/s   efficiency   speedup   possible   exposed communication   "
    + "largest rank"

  private func row(_ result: Benchmark.Result, base: Benchmark.Result) -> String {
    let efficiency =
      result.wordsPerSecond / Double(result.ranks)
      / (base.wordsPerSecond / Double(base.ranks))
    let memory = Double(result.perRank.map(\.memory).max() ?? 0) / 1e9
    return result.grid.padded(to: 18) + "\(result.ranks)".padded(to: 8)
      + grouped(Int(result.wordsPerSecond)).padded(to: 10)
      + "\(number(100 * efficiency, digits: 0)) %".padded(to: 13)
      + number(result.wordsPerSecond / base.wordsPerSecond, digits: 2).padded(to: 10)
      + number(result.possibleSpeedup / base.possibleSpeedup, digits: 2).padded(to: 11)
      + "\(number(100 * result.exposedCommunication, digits: 0)) %".padded(to: 24)
      + "\(number(memory, digits: 2)) GB"
  }

  private func rankTable(_ result: Benchmark.Result) -> String {
    var lines = [
      "\(result.grid): seconds a step, and memory",
      "  rank  role                    computing  waiting  sending  exchanging   memory   parameters",
    ]
    for (index, rank) in result.perRank.enumerated() {
      lines.append(
        "  \(index)".padded(to: 8) + rank.role.padded(to: 24)
          + number(rank.computing, digits: 3).padded(to: 11)
          + number(rank.waiting, digits: 3).padded(to: 9)
          + number(rank.sending, digits: 3).padded(to: 9)
          + number(rank.exchanging, digits: 3).padded(to: 13)
          + "\(number(Double(rank.memory) / 1e9, digits: 2)) GB".padded(to: 9)
          + grouped(rank.parameters))
    }
    return lines.joined(separator: "\n")
  }

  private func write(_ results: [Benchmark.Result], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(results).write(to: URL(fileURLWithPath: path))
  }
}

/// A grid as the command line names it: `2x1`, `1x(4+4)`, `2x(1+shared)`.
struct GridName {
  let data: Int
  let layers: Int
  let softmax: ProcessGrid.Softmax

  /// - Throws: `ValidationError` if it is not the name of a grid.
  init(_ text: String) throws {
    let parts = text.replacingOccurrences(of: "×", with: "x").split(separator: "x")
    let inner = (parts.last ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "()"))
      .split(separator: "+").map(String.init)
    guard parts.count == 2, let data = Int(parts[0]), data > 0, (1...2).contains(inner.count),
      let layers = Int(inner[0]), layers > 0
    else { throw ValidationError("'\(text)' is not a grid; write 2x1, 1x(4+4) or 2x(1+shared)") }
    self.data = data
    self.layers = layers
    switch inner.count == 2 ? inner[1] : "0" {
    case "shared": softmax = .shared
    case "0": softmax = .onLastStage
    case let count:
      guard let count = Int(count), count > 0 else {
        throw ValidationError("'\(text)' is not a grid; write 2x1, 1x(4+4) or 2x(1+shared)")
      }
      softmax = .dedicated(count)
    }
  }

  /// Ranks of the grid.
  var ranks: Int {
    if case .dedicated(let count) = softmax { data * (layers + count) } else { data * layers }
  }

  /// As it is parsed.
  var text: String {
    switch softmax {
    case .onLastStage: "\(data)x\(layers)"
    case .dedicated(let count): "\(data)x(\(layers)+\(count))"
    case .shared: "\(data)x(\(layers)+shared)"
    }
  }
}
