import ArgumentParser
import Seq2Seq

/// `launcher evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Print a model's perplexity and BLEU on a text, or BLEU of given translations.",
    discussion: """
      Exact is how many of the translations are the reference to the letter. BLEU is sacreBLEU's (mixed case, one reference), with its signature in the line after it. \
      Pieces of words (data.subwords) are put together before.
      """)

  @Argument(help: "The model folder; none with --hypotheses.", completion: .directory)
  var model: String?

  @Option(
    help: "A file of sentences, one on each line, for the model to translate.",
    completion: .file())
  var source: String?

  @Option(help: "A file of their translations, line for line.", completion: .file())
  var target: String

  @Option(
    help: "A file of translations to evaluate instead of a model's, line for line.",
    completion: .file())
  var hypotheses: String?

  @Option(help: "Partial hypotheses kept per sentence; 1 is a greedy search. (default: 12)")
  var beam: Int?

  @Option(help: "What parts the tokens that BLEU counts.")
  var tokenize = BLEUTokenizer.mteval13a

  @Option(help: "What the pieces of the text are, if not what the model's data.subwords says.")
  var subwords: Subwords?

  func validate() throws {
    if let beam { try validateBeam(beam) }
    if hypotheses == nil {
      guard model != nil else {
        throw ValidationError("name a model folder, or a file of translations by --hypotheses")
      }
      guard source != nil else {
        throw ValidationError("a model needs --source, the sentences to translate")
      }
    } else {
      if let model {
        throw ValidationError("--hypotheses takes no model; leave out \(model.quoted)")
      }
      guard source == nil else {
        throw ValidationError("--hypotheses takes no --source; only a model translates one")
      }
      guard beam == nil else {
        throw ValidationError("--hypotheses takes no --beam; only a model searches")
      }
    }
  }

  func run() throws {
    try withDistributedLines { work in
      let evaluation: Evaluation
      if let model, let source {
        var options = Evaluation.Options()
        options.beamSize = beam ?? options.beamSize
        (options.tokenizer, options.subwords) = (tokenize, subwords)
        evaluation = try Evaluation(
          try work.together { try TrainedModel(folder: model) }, of: (source, target),
          options: options, over: work
        ) {
          try Progress.status([StatusField("translated \(grouped($0)) sentences")], inFile: false)
        }
      } else if let hypotheses, work.hasLines {
        evaluation = try Evaluation(
          hypotheses: hypotheses, target: target, tokenizer: tokenize, subwords: subwords ?? .words)
      } else {
        return
      }
      guard work.hasLines else { return }
      try Progress.line("sentences   \(grouped(evaluation.sentences))")
      if let symbols = evaluation.symbols {
        try StandardOutput.line("symbols     \(grouped(symbols))")
      }
      if let perplexity = evaluation.perplexity {
        try StandardOutput.line("perplexity  \(number(perplexity, digits: 3))")
      }
      try StandardOutput.line("exact       \(number(100 * evaluation.exact, digits: 2)) %")
      try StandardOutput.line("BLEU        \(number(evaluation.bleu, digits: 2))")
      try StandardOutput.line("signature   \(evaluation.signature)")
      evaluation.warnings.forEach(printWarning)
    }
  }
}

extension BLEUTokenizer: ExpressibleByArgument {}
extension Subwords: ExpressibleByArgument {}
