import ArgumentParser
import Foundation
import Seq2Seq

/// `launcher translate`
struct TranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate",
    abstract: "Translate standard input to standard output, line for line.")

  @Argument(help: "The model folder.")
  var model: String

  @Option(help: "Partial hypotheses kept a sentence; 1 is a greedy search.")
  var beam = 12

  func validate() throws { try validateBeam(beam) }

  func run() throws {
    try withSharedWork { work in
      let translator = Translator(try TrainedModel(folder: model), beamSize: beam)
      var input = StandardInput()
      // A person who types a line wants to see it translated.
      let window = isatty(STDIN_FILENO) != 0 ? 1 : work.window
      while true {
        var lines: [[String]] = []
        while work.isFirst, lines.count < window, let line = try input.next() {
          lines.append([line])
        }
        let (results, count) = try work.map(lines) { items in
          translator.translate(items.map { $0[0] }).map { [$0] }
        }
        for result in results { print(result[0]) }
        if count == 0 { break }
      }
    }
  }
}

/// `launcher score`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Print the log-probability of each given translation, one a line.",
    discussion: "The natural logarithm of p(target, <eos> | source).")

  @Argument(help: "The model folder.")
  var model: String

  @OptionGroup var text: TextOptions

  func run() throws {
    try withSharedWork { work in
      let scorer = Scorer(try TrainedModel(folder: model))
      try scorer.score(source: text.source, target: text.target, sharing: work) { score in
        print(score.logProbability)
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

  @Argument(help: "The model folder.")
  var model: String

  @OptionGroup var text: TextOptions

  @Option(help: "Partial hypotheses kept a sentence; 1 is a greedy search.")
  var beam = 12

  func validate() throws { try validateBeam(beam) }

  func run() throws {
    try withSharedWork { work in
      let progress = Progress()
      let evaluation = try Evaluation(
        try TrainedModel(folder: model), source: text.source, target: text.target,
        beamSize: beam, sharing: work
      ) { progress.status("translated \(grouped($0)) sentences", inFile: false) }
      guard work.isFirst else { return }
      progress.line("sentences   \(grouped(evaluation.sentences))")
      print("symbols     \(grouped(evaluation.symbols))")
      print("perplexity  \(number(evaluation.perplexity, digits: 3))")
      print("BLEU        \(number(evaluation.bleu, digits: 2))")
    }
  }
}

/// A text and its translation.
struct TextOptions: ParsableArguments {
  @Option(help: "A file of sentences, one a line.")
  var source: String

  @Option(help: "A file of their translations, line for line.")
  var target: String
}

private func validateBeam(_ beam: Int) throws {
  guard (1...1000).contains(beam) else { throw ValidationError("--beam must be from 1 to 1000") }
}

/// Runs a command on the ranks of the job that this process belongs to, which share its work, or
/// in this process alone where there is no job.
private func withSharedWork(_ body: (SharedWork) throws -> Void) throws {
  guard MPIRun.isInsideJob else { return try body(SharedWork(over: nil)) }
  try runOnRanks { try body(SharedWork(over: $0)) }
}
