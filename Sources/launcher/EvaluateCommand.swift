import ArgumentParser
import Seq2Seq

/// `launcher evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Print a model's perplexity and BLEU on a text, or BLEU of given translations.",
    discussion: """
      Of a language model it is the perplexity, each line of the text being read alone. \
      Exact is how many of the translations are the reference to the letter. \
      BLEU is sacreBLEU's (mixed case, one reference), with its signature in the line after it. \
      Pieces of words (data.subwords) are put together before.
      """)

  @OptionGroup var models: ModelOptions

  @Option(
    help: "A file of sentences, one on each line, for the model to translate.",
    completion: .file())
  var source: String?

  @Option(
    help: "A file of their translations, line for line; or of lines for a language model.",
    completion: .file())
  var target: String

  @Option(
    help: "A file of translations to evaluate instead of a model's, line for line.",
    completion: .file())
  var hypotheses: String?

  @Option(help: "Partial hypotheses kept per sentence; 1 is a greedy search. (default: 12)")
  var beam: Int?

  @Option(help: "What parts the tokens that BLEU counts. (default: 13a)")
  var tokenize: BLEUTokenizer?

  @Option(help: "What the pieces of the text are, if not what the model's data.subwords says.")
  var subwords: Subwords?

  func validate() throws {
    if let beam { try validateBeam(beam) }
    if hypotheses == nil {
      guard !models.folders.isEmpty else {
        throw ValidationError("name a model folder, or a file of translations by --hypotheses")
      }
      try models.checkNamed()
    } else {
      if let model = models.folders.first {
        throw ValidationError("--hypotheses takes no model; leave out \(model.quoted)")
      }
      guard !models.areNamed else {
        throw ValidationError("--hypotheses takes no model; leave out --average and --weights")
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
      guard let evaluation = try evaluate(over: work), work.hasLines else { return }
      try Progress.line("sentences   \(grouped(evaluation.sentences))")
      if let symbols = evaluation.symbols {
        try StandardOutput.line("symbols     \(grouped(symbols))")
      }
      if let perplexity = evaluation.perplexity {
        try StandardOutput.line("perplexity  \(number(perplexity, digits: 3))")
      }
      if let exact = evaluation.exact {
        try StandardOutput.line("exact       \(number(100 * exact, digits: 2)) %")
      }
      if let bleu = evaluation.bleu, let signature = evaluation.signature {
        try StandardOutput.line("BLEU        \(number(bleu, digits: 2))")
        try StandardOutput.line("signature   \(signature)")
      }
      evaluation.warnings.forEach(printWarning)
    }
  }

  /// What this process finds; nil where it has nothing to do.
  private func evaluate(over work: DistributedLines) throws -> Evaluation? {
    if let hypotheses {
      guard work.hasLines else { return nil }
      return try Evaluation(
        hypotheses: hypotheses, target: target, tokenizer: tokenize ?? .mteval13a,
        subwords: subwords ?? .words)
    }
    let read = try work.together {
      let ensemble = try models.ensemble()
      try ensemble.checkSource(source)
      guard ensemble.isTranslator || (beam == nil && subwords == nil && tokenize == nil) else {
        throw InputError(
          "\(models.folders[0]) is a language model, which translates nothing; leave out --beam, --tokenize and --subwords",
          kind: .usage)
      }
      return ensemble
    }
    guard let source else { return try Evaluation(read, target: target, over: work) }
    var options = Evaluation.Options()
    options.beamSize = beam ?? options.beamSize
    (options.tokenizer, options.subwords) = (tokenize ?? options.tokenizer, subwords)
    return try Evaluation(read, of: (source, target), options: options, over: work) {
      try Progress.status([StatusField("translated \(grouped($0)) sentences")], inFile: false)
    }
  }
}

extension BLEUTokenizer: ExpressibleByArgument {}
extension Subwords: ExpressibleByArgument {}
