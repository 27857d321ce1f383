import ArgumentParser
import Foundation
import Seq2Seq

/// `launcher score`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Print the log-probability of each given translation, one per line.",
    discussion: """
      The natural logarithm of p(target, <eos> | source). A language model scores each line of \
      --target alone, and takes no --source.
      """)

  @OptionGroup var models: ModelOptions

  @OptionGroup var text: TextOptions

  func validate() throws { try models.checkNamed() }

  func run() throws {
    try withDistributedLines { work in
      let scorer = Scorer(
        try work.together {
          let ensemble = try models.ensemble()
          try ensemble.checkSource(text.source)
          return ensemble
        })
      var words = (source: WordCounts(), target: WordCounts())
      try scorer.score(source: text.source, target: text.target, over: work) { score in
        try StandardOutput.line("\(score.logProbability)")
        words.source += score.source
        words.target += score.target
      }
      text.source.flatMap { words.source.warning(of: $0) }.map(printWarning)
      words.target.warning(of: text.target).map(printWarning)
    }
  }
}

/// A text and its translation.
struct TextOptions: ParsableArguments {
  @Option(
    help: "A file of sentences, one on each line; none for a language model.", completion: .file())
  var source: String?

  @Option(
    help: "A file of their translations, line for line; or of lines for a language model.",
    completion: .file())
  var target: String
}

/// Refuses a beam that no search could have.
func validateBeam(_ beam: Int) throws {
  guard (1...1000).contains(beam) else { throw ValidationError("--beam must be from 1 to 1000") }
}

/// Runs a command on the ranks of the job that this process belongs to, which share its work, or
/// in this process alone where there is no job.
func withDistributedLines(_ body: (DistributedLines) throws -> Void) throws {
  guard MPIRun.isInsideJob else {
    limitThreads(ranksOnNode: 1)
    return try body(DistributedLines(over: nil))
  }
  try runOnRanks { try body(DistributedLines(over: $0)) }
}
