import ArgumentParser
import Distributed
import Foundation
import Seq2Seq

/// `launcher benchmark`
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure training, its matrix products and its exchange.",
    subcommands: [
      TrainingBenchmarkCommand.self, KernelBenchmarkCommand.self, ExchangeBenchmarkCommand.self,
    ],
    defaultSubcommand: TrainingBenchmarkCommand.self)
}

/// Where a benchmark's results go.
struct ResultOptions: ParsableArguments {
  @Option(help: "Write the results as JSON.", completion: .file())
  var json: String?

  @Option(help: .hidden)
  var worker: String?
}

/// A job of several ranks that measures something and hands the results back.
struct BenchmarkJob {
  let ranks: Int
  var hosts: String?

  /// Runs `launcher benchmark` with `arguments` and `--worker FILE` on the ranks, and reads what they
  /// wrote to the file.
  func run<Result: Decodable>(_ arguments: [String]) throws -> Result {
    // What is compared are ranks: one thread each, whatever cores are left over.
    if MatrixThreads.requested == nil { setenv(MatrixThreads.variables[0], "1", 1) }
    let folder = try PrivateFolder()
    defer { folder.remove() }
    let file = folder.path + "/result.json"
    let code = try MPIRun(ranks: ranks, hosts: hosts.map(Hostfile.init)).run(
      ["benchmark"] + arguments + ["--worker", file])
    guard code == 0 else { throw ExitCode(code) }
    return try JSONDecoder().decode(
      Result.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
  }

  /// What each rank of such a job does: `body`, whose result rank 0 writes to the file.
  static func work<Result: Encodable>(
    _ file: String, _ body: (Communicator) throws -> Result
  ) throws {
    try runOnRanks { world in
      let result = try body(world)
      guard world.rank == 0 else { return }
      try AtomicFile.write(
        String(decoding: JSONEncoder().encode(result), as: UTF8.self), to: file)
    }
  }
}

/// Writes results for other programs.
func write(_ results: some Encodable, toJSON path: String?) throws {
  guard let path else { return }
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  try warnOfReplacing(path)
  try AtomicFile.write(String(decoding: encoder.encode(results), as: UTF8.self), to: path)
}
