import ArgumentParser
import Seq2Seq

/// `launcher rescore`
struct RescoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rescore",
    abstract: "Add models' log-probabilities to n-best lists, and sort them anew.",
    discussion: """
      Lists are in Moses' format, 'id ||| text ||| features ||| total' with the ids of source lines \
      from 0, and so is what is printed: with the old total as the feature Total0, each model's \
      log p(text, <eos> | source) as Model0, Model1, …, and their weighted sum as the total.

      Models need nothing in common: each reads the text with its own vocabularies. A language model \
      reads no source.
      """)

  @Argument(help: "The model folders; each model is a feature.", completion: .directory)
  var models: [String] = []

  @Option(
    name: .customLong("model"), help: "A model folder, once more for each further model.",
    completion: .directory)
  var others: [String] = []

  @Option(
    help: "Makes all models one feature, as an ensemble of what is averaged, log or linear.")
  var average: Ensemble.Average?

  @Option(help: "A file of sentences; line n has the id n − 1.", completion: .file())
  var source: String

  @Option(help: "A file of n-best lists; ids do not decrease.", completion: .file())
  var nBest: String

  @Option(
    // A weight may be negative, which looks like an option.
    parsing: .unconditional,
    help: """
      Numbers, separated by commas: the weight of the list's own total, and one per model. An even \
      average without.
      """)
  var weights: String?

  @Flag(help: "Print the best text of each source line, an empty one where there is none.")
  var best = false

  @Option(
    help: "Find the weights with the best BLEU on a file of references, and print them.",
    completion: .file())
  var tune: String?

  @Option(help: "What parts the tokens that --tune counts. (default: 13a)")
  var tokenize: BLEUTokenizer?

  @Option(
    help: "What the pieces of the text are, if not what the first model's data.subwords says.")
  var subwords: Subwords?

  private var folders: [String] { models + others }

  /// What a hypothesis scores: its list's own total, and each model's log-probability.
  private var scoreCount: Int { 1 + (average == nil ? folders.count : 1) }

  func validate() throws {
    guard !folders.isEmpty else { throw ValidationError("name a model folder") }
    guard average == nil || folders.count > 1 else {
      throw ValidationError("--average is for several models")
    }
    _ = try givenWeights()
    if tune == nil {
      guard tokenize == nil && subwords == nil else {
        throw ValidationError("--tokenize and --subwords are for --tune; nothing else counts BLEU")
      }
    } else {
      guard !best && weights == nil else {
        throw ValidationError(
          "--tune finds weights; to use them leave it out, and pass them by --weights")
      }
    }
  }

  /// The weights of the command line; an even average if there are none.
  private func givenWeights() throws -> RescoringWeights {
    guard let weights else { return RescoringWeights(evenWith: scoreCount - 1) }
    guard let values = finiteNumbers(weights) else {
      throw ValidationError("--weights must be numbers, separated by commas")
    }
    guard values.count == scoreCount else {
      throw ValidationError(
        "--weights has \(values.count) number\(values.count == 1 ? "" : "s"); one for the list's own "
          + "total and one per model make \(scoreCount)")
    }
    guard values.contains(where: { $0 != 0 }) else {
      throw ValidationError("--weights must not be all zero")
    }
    return try RescoringWeights(values)
  }

  func run() throws {
    let weights = try givenWeights()
    try withDistributedLines { work in
      let rescorer = try work.together { try Rescorer(readModels()) }
      if tune != nil { return try findWeights(rescorer, over: work) }
      let files = Rescorer.Files(source: source, nBest: nBest)
      let summary = try rescorer.score(files, over: work) { line in
        let entries = try line.sorted(by: weights)
        if best {
          try StandardOutput.line(entries.first?.text ?? "")
        } else {
          for entry in entries { try StandardOutput.line(entry.line) }
        }
      }
      warn(of: summary)
    }
  }

  private func readModels() throws -> [Ensemble] {
    if let average { return [try Ensemble(folders: folders, average: average)] }
    return try folders.map { Ensemble(try TrainedModel(folder: $0)) }
  }

  private func findWeights(_ rescorer: Rescorer, over work: DistributedLines) throws {
    let options = WeightTuning.Options(
      tokenizer: tokenize ?? .mteval13a, subwords: subwords ?? rescorer.subwords)
    let files = Rescorer.Files(source: source, nBest: nBest, reference: tune)
    let found = try WeightTuning.find(rescorer, files, options: options, over: work) { progress in
      switch progress {
      case .rescored(let lines):
        try Progress.status([StatusField("rescored \(grouped(lines)) lines")], inFile: false)
      case .searched(let done, let count, let bleu):
        try Progress.status(
          [
            StatusField("searched from \(done) of \(count) beginnings"),
            StatusField("BLEU \(number(bleu, digits: 2))"),
          ], inFile: false)
      }
    }
    guard let found else { return }
    try Progress.line("lines       \(grouped(found.summary.lines))")
    try StandardOutput.line("hypotheses  \(grouped(found.summary.hypotheses))")
    try StandardOutput.line("own total   BLEU \(number(found.bleu.own, digits: 2))")
    try StandardOutput.line("even        BLEU \(number(found.bleu.even, digits: 2))")
    try StandardOutput.line("tuned       BLEU \(number(found.bleu.tuned, digits: 2))")
    try StandardOutput.line("signature   \(found.signature)")
    let weights = found.weights.values.map { String(format: "%.6g", $0) }.joined(separator: ",")
    try StandardOutput.line("weights     \(weights)")
    warn(of: found.summary)
  }

  private func warn(of summary: Rescorer.Summary) {
    summary.warnings.forEach(printWarning)
    guard summary.missing > 0 else { return }
    printWarning(
      "\(grouped(summary.missing)) of the \(grouped(summary.lines)) lines of \(source) have no "
        + "hypotheses in \(nBest)" + (best ? ", and are empty lines" : ""))
  }
}
