import ArgumentParser
import Distributed
import Foundation
import Seq2Seq

/// `launcher benchmark kernels`
struct KernelBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels",
    abstract: "Measure the matrix products of a training step, on all ranks at once.",
    discussion: """
      GFLOP/s of the slowest rank's core, of this program and of OpenBLAS, and this program's part \
      of what a core multiplied and added at most in the same run. OpenBLAS is no part of this \
      program: where the machine has no libopenblas.so.0, its column has a - (null in JSON).
      """)

  @Option(help: "Ranks that compute at once.")
  var ranks = 2

  @Option(help: "Cells per layer, and numbers per embedding.")
  var hidden = 1000

  @Option(help: "Sentences that a rank has of a minibatch.")
  var sentences = 64

  @Option(help: "Words of a sentence.")
  var length = 25

  @OptionGroup var output: ResultOptions

  func validate() throws {
    try check([("--ranks", ranks)], in: MPIRun.possibleRanks)
    try check(
      [("--hidden", hidden), ("--sentences", sentences), ("--length", length)], in: 1...1_000_000)
  }

  func run() throws {
    if let worker = output.worker {
      var benchmark = KernelBenchmark()
      benchmark.hiddenSize = hidden
      benchmark.sentences = sentences
      benchmark.length = length
      return try BenchmarkJob.work(worker, benchmark.run)
    }
    let results: [KernelBenchmark.Result] = try BenchmarkJob(ranks: ranks).run([
      "kernels", "--hidden", "\(hidden)", "--sentences", "\(sentences)", "--length", "\(length)",
    ])
    try StandardOutput.line(
      "product                  rows × inner × columns   GFLOP/s   OpenBLAS   peak    of peak")
    for result in results {
      let shape = result.shape.map { "\($0)" }.joined(separator: " × ")
      try StandardOutput.line(
        result.name.padded(to: 25) + shape.padded(to: 25)
          + number(result.rate / 1e9, digits: 1).padded(to: 10)
          + (result.openBLAS.map { number($0 / 1e9, digits: 1) } ?? "-").padded(to: 11)
          + number(result.peak / 1e9, digits: 1).padded(to: 8)
          + "\(number(100 * result.rate / result.peak, digits: 0)) %")
    }
    try write(results, toJSON: output.json)
  }
}

/// `launcher benchmark exchange`
struct ExchangeBenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exchange",
    abstract: "Measure the sum of a gradient over ranks, against MPI_Allreduce.")

  @Option(help: "Ranks.")
  var ranks = 2

  @Option(help: "The hostfile; this machine alone without it.", completion: .file())
  var hosts: String?

  @Option(help: ArgumentHelp("Megabytes of a rank's gradient.", valueName: "1,4,16,64,256"))
  var sizes = "1,4,16,64,256"

  @OptionGroup var output: ResultOptions

  func validate() throws {
    try check([("--ranks", ranks)], in: MPIRun.possibleRanks)
    guard !megabytes.isEmpty, megabytes.allSatisfy({ (1...100_000).contains($0) })
    else { throw ValidationError("--sizes are whole numbers of megabytes, at least 1") }
  }

  private var megabytes: [Int] { sizes.split(separator: ",").map { Int($0) ?? 0 } }

  func run() throws {
    if let worker = output.worker {
      return try BenchmarkJob.work(worker) { world in
        try megabytes.map { try ExchangeBenchmark().run(bytes: $0 * 1_000_000, over: world) }
      }
    }
    let results: [ExchangeBenchmark.Result] = try BenchmarkJob(ranks: ranks, hosts: hosts).run(
      ["exchange", "--sizes", sizes])
    try StandardOutput.line("gradient   exchange              MPI_Allreduce         times as fast")
    for result in results {
      func cell(_ seconds: Double) -> String {
        "\(number(1000 * seconds, digits: 2)) ms".padded(to: 11)
          + "\(number(Double(result.bytes) / seconds / 1e9, digits: 2)) GB/s".padded(to: 11)
      }
      try StandardOutput.line(
        "\(result.bytes / 1_000_000) MB".padded(to: 11) + cell(result.exchange)
          + cell(result.allReduce) + number(result.ratio, digits: 1))
    }
    try write(results, toJSON: output.json)
  }
}
