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
    try refuseRanks("translate")
    let translator = Translator(try TrainedModel(folder: model), beamSize: beam)
    var input = StandardInput()
    // A person who types a line wants to see it translated; a file goes faster in large windows,
    // within which sentences of about one length are translated together.
    let (window, batch) = isatty(STDIN_FILENO) != 0 ? (1, 1) : (512, 32)
    while true {
      var lines: [String] = []
      while lines.count < window, let line = try input.next() { lines.append(line) }
      if lines.isEmpty { break }
      var translations = lines
      let order = lines.indices.sorted { lines[$0].utf8.count < lines[$1].utf8.count }
      for start in stride(from: 0, to: order.count, by: batch) {
        let indices = order[start..<min(start + batch, order.count)]
        for (index, line) in zip(indices, translator.translate(indices.map { lines[$0] })) {
          translations[index] = line
        }
      }
      print(translations.joined(separator: "\n"))
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
    try refuseRanks("score")
    let model = try TrainedModel(folder: model)
    try Scorer(model).score(source: text.source, target: text.target) { score in
      print(score.logProbability)
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
    try refuseRanks("evaluate")
    let progress = Progress()
    let evaluation = try Evaluation(
      try TrainedModel(folder: model), source: text.source, target: text.target, beamSize: beam
    ) { progress.status("translated \(grouped($0)) sentences", inFile: false) }
    progress.line("sentences   \(grouped(evaluation.sentences))")
    print("symbols     \(grouped(evaluation.symbols))")
    print("perplexity  \(number(evaluation.perplexity, digits: 3))")
    print("BLEU        \(number(evaluation.bleu, digits: 2))")
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

/// These commands would do everything once a rank.
private func refuseRanks(_ command: String) throws {
  let ranks = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_SIZE"].flatMap(Int.init) ?? 1
  guard ranks == 1 else {
    throw InputError("\(command) runs as one process; start it without mpirun", kind: .usage)
  }
}
