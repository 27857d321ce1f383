import ArgumentParser
import Foundation
import Seq2Seq

/// `launcher translate`
struct TranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate",
    abstract: "Translate standard input to standard output, line for line.")

  @Argument(help: "The model folder.", completion: .directory)
  var model: String

  @Option(help: "Partial hypotheses kept a sentence; 1 is a greedy search.")
  var beam = 12

  func validate() throws { try validateBeam(beam) }

  func run() throws {
    try withSharedWork { work in
      let translator = Translator(try TrainedModel(folder: model), beamSize: beam)
      var input = StandardInput()
      var (unknown, words) = (0, 0)
      while true {
        // What is there already goes together; nobody waits for a line that has not come.
        let lines = work.isFirst ? try input.next(atMost: work.window) : []
        let (results, count) = try work.map(lines.map { [$0] }) { items in
          translator.translate(items.map { $0[0] }).map {
            [$0.text, "\($0.unknownWords)", "\($0.words)"]
          }
        }
        for result in results {
          try StandardOutput.line(result[0])
          unknown += Int(result[1]) ?? 0
          words += Int(result[2]) ?? 0
        }
        try StandardOutput.flush()
        if count == 0 { break }
      }
      guard work.isFirst else { return }
      PreparationReport.unknownWarning(text: "standard input", unknown: unknown, of: words)
        .map(printWarning)
    }
  }
}

/// `launcher score`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Print the log-probability of each given translation, one a line.",
    discussion: "The natural logarithm of p(target, <eos> | source).")

  @Argument(help: "The model folder.", completion: .directory)
  var model: String

  @OptionGroup var text: TextOptions

  func run() throws {
    try withSharedWork { work in
      let scorer = Scorer(try TrainedModel(folder: model))
      try scorer.score(source: text.source, target: text.target, sharing: work) { score in
        try StandardOutput.line("\(score.logProbability)")
      }
    }
  }
}

/// `launcher evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Print a model's perplexity and BLEU on a text.",
    discussion: "BLEU is what sacreBLEU computes by default (13a tokenisation, one reference).")

  @Argument(help: "The model folder.", completion: .directory)
  var model: String

  @OptionGroup var text: TextOptions

  @Option(help: "Partial hypotheses kept a sentence; 1 is a greedy search.")
  var beam = 12

  func validate() throws { try validateBeam(beam) }

  func run() throws {
    try withSharedWork { work in
      let evaluation = try Evaluation(
        try TrainedModel(folder: model), source: text.source, target: text.target,
        beamSize: beam, sharing: work
      ) {
        try Progress.status([StatusField("translated \(grouped($0)) sentences")], inFile: false)
      }
      guard work.isFirst else { return }
      try Progress.line("sentences   \(grouped(evaluation.sentences))")
      try StandardOutput.line("symbols     \(grouped(evaluation.symbols))")
      try StandardOutput.line("perplexity  \(number(evaluation.perplexity, digits: 3))")
      try StandardOutput.line("BLEU        \(number(evaluation.bleu, digits: 2))")
    }
  }
}

/// A text and its translation.
struct TextOptions: ParsableArguments {
  @Option(help: "A file of sentences, one on each line.", completion: .file())
  var source: String

  @Option(help: "A file of their translations, line for line.", completion: .file())
  var target: String
}

private func validateBeam(_ beam: Int) throws {
  guard (1...1000).contains(beam) else { throw ValidationError("--beam must be from 1 to 1000") }
}

/// Runs a command on the ranks of the job that this process belongs to, which share its work, or
/// in this process alone where there is no job.
private func withSharedWork(_ body: (SharedWork) throws -> Void) throws {
  guard MPIRun.isInsideJob else {
    limitThreads(ranksOnNode: 1)
    return try body(SharedWork(over: nil))
  }
  try runOnRanks { try body(SharedWork(over: $0)) }
}
