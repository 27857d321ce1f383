import ArgumentParser
import Seq2Seq

/// `launcher evaluate`
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Print a model's perplexity and BLEU on a text, or scores of given translations.",
    discussion: """
      Of a language model it is the perplexity, each line of the text being read alone. \
      Exact is how many of the translations are a reference to the letter. \
      BLEU, chrF and chrF++ are sacreBLEU's (mixed case), each with its signature in the line after \
      it; so are means, intervals and p-values of a bootstrap. \
      Pieces of words (data.subwords) are put together before.
      """)

  @OptionGroup var models: ModelOptions

  @Option(
    help: """
      A file of sentences, one on each line, for the model to translate; with --hypotheses, to \
      group by.
      """,
    completion: .file())
  var source: String?

  @Option(
    help: """
      A file of their translations, line for line, or of lines for a language model; repeat it for \
      more references, of which the first one has the perplexity.
      """,
    completion: .file())
  var target: [String]

  @Option(
    help: "A file of translations to evaluate instead of a model's, line for line.",
    completion: .file())
  var hypotheses: String?

  @Option(help: "Partial hypotheses kept per sentence; 1 is a greedy search. (default: 12)")
  var beam: Int?

  @OptionGroup var how: EvaluateOptions

  func validate() throws {
    if let beam { try validateBeam(beam) }
    if hypotheses == nil {
      guard !models.folders.isEmpty else {
        throw ValidationError("name a model folder, or a file of translations by --hypotheses")
      }
      try models.checkNamed()
      guard how.vocabulary == nil else {
        throw ValidationError("--vocabulary is for --hypotheses; a model has one of its own")
      }
    } else {
      if let model = models.folders.first {
        throw ValidationError("--hypotheses takes no model; leave out \(model.quoted)")
      }
      guard !models.areNamed else {
        throw ValidationError("--hypotheses takes no model; leave out --average and --weights")
      }
      guard source == nil || !how.by.isEmpty else {
        throw ValidationError("--hypotheses takes no --source, except for --by")
      }
      guard beam == nil else {
        throw ValidationError("--hypotheses takes no --beam; only a model searches")
      }
    }
  }

  func run() throws {
    try withDistributedLines { work in
      try work.together {
        guard work.hasLines else { return }
        let inputs = [source, hypotheses, how.vocabulary] + target + how.compare
        for (index, chart) in how.chart.enumerated() {
          try refuseReplacing("--chart", chart, inputs: inputs, models: models.folders)
          guard !how.chart[..<index].contains(where: { isSameFile($0, chart) }) else {
            throw InputError("each --chart needs a file of its own", kind: .usage)
          }
          try AtomicFile.check(chart)
        }
      }
      guard let evaluation = try evaluate(over: work), work.hasLines else { return }
      let report = EvaluationReport(evaluation, hasSource: source != nil)
      try Progress.line("sentences   \(grouped(evaluation.sentences))")
      for line in report.lines + report.tables { try StandardOutput.line(line) }
      if !how.chart.isEmpty {
        for (path, chart) in zip(how.chart, report.charts) {
          try warnOfReplacing(path)
          try AtomicFile.write(chart, to: path)
        }
      }
      evaluation.warnings.forEach(printWarning)
    }
  }

  /// What this process finds; nil where it has nothing to do.
  private func evaluate(over work: DistributedLines) throws -> Evaluation? {
    var options = how.options
    options.beamSize = beam ?? options.beamSize
    let files = EvaluatedFiles(
      source: source, references: target, hypotheses: (hypotheses.map { [$0] } ?? []) + how.compare)
    if hypotheses != nil {
      return work.hasLines ? try Evaluation(of: files, options: options) : nil
    }
    let read = try work.together {
      let ensemble = try models.ensemble()
      try ensemble.checkSource(source)
      if !ensemble.isTranslator { try checkNothingIsTranslated(models.folders[0]) }
      return ensemble
    }
    guard source != nil else { return try Evaluation(read, target: target[0], over: work) }
    return try Evaluation(read, of: files, options: options, over: work) {
      try Progress.status([StatusField("translated \(grouped($0)) sentences")], inFile: false)
    }
  }

  /// Refuses what only translations have.
  private func checkNothingIsTranslated(_ path: String) throws {
    let given = (beam == nil ? [] : ["--beam"]) + how.given
    guard given.isEmpty else {
      throw InputError(
        "\(path) is a language model, which translates nothing; leave out "
          + given.joined(separator: ", "), kind: .usage)
    }
    guard target.count == 1 else {
      throw InputError(
        "\(path) is a language model, which reads one --target; there are \(target.count)",
        kind: .usage)
    }
  }
}
