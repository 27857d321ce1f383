import ArgumentParser
import Seq2Seq

/// How translations are evaluated, whoever made them.
struct EvaluateOptions: ParsableArguments {
  @Option(
    help: "What scores translations; repeat it for more than one. (default: bleu)")
  var metric: [MetricKind] = []

  @Option(help: "What parts the tokens that BLEU counts. (default: 13a)")
  var tokenize: BLEUTokenizer?

  @Option(help: "What the pieces of the text are, if not what the model's data.subwords says.")
  var subwords: Subwords?

  @Option(
    help: """
      A file of other translations, line for line, that the first ones are compared with by paired \
      bootstrap; repeat it for more than one.
      """, completion: .file())
  var compare: [String] = []

  @Flag(help: "Print the mean and the 95 % interval of scores of 1000 texts drawn by bootstrap.")
  var confidence = false

  @Option(help: "Texts that the bootstrap draws. (default: 1000)")
  var samples: Int?

  @Option(help: "What the bootstrap's draws follow from. (default: 12345)")
  var seed: UInt64?

  @Option(
    help: """
      Print scores of sentences in groups too, by their length or by the mean frequency rank of \
      their words; repeat it for both.
      """)
  var by: [Grouping] = []

  @Option(help: "Groups at most, of about as many sentences each. (default: 8)")
  var groups: Int?

  @Option(
    help: "A file of words, the most frequent first, for --by frequency without a model.",
    completion: .file())
  var vocabulary: String?

  @Option(
    help: "Draw a chart of --by as an SVG file; for each --by one, in their order.",
    completion: .file())
  var chart: [String] = []

  /// Options that stand there, for a model that translates nothing.
  var given: [String] {
    let texts: [(String, Bool)] = [
      ("--metric", !metric.isEmpty), ("--tokenize", tokenize != nil),
      ("--subwords", subwords != nil), ("--compare", !compare.isEmpty),
      ("--confidence", confidence), ("--by", !by.isEmpty),
    ]
    return texts.filter(\.1).map(\.0)
  }

  func validate() throws {
    guard metric.isEmpty || metric.contains(.bleu) || tokenize == nil else {
      throw ValidationError("--tokenize is of BLEU; add --metric bleu, or leave it out")
    }
    guard confidence || !compare.isEmpty || (samples == nil && seed == nil) else {
      throw ValidationError("--samples and --seed need --confidence or --compare")
    }
    // Of fewer texts, 95 % are all.
    guard (40...1_000_000).contains(samples ?? 1000) else {
      throw ValidationError("--samples must be from 40 to 1000000")
    }
    guard !by.isEmpty || groups == nil else { throw ValidationError("--groups needs --by") }
    guard (2...100).contains(groups ?? 8) else {
      throw ValidationError("--groups must be from 2 to 100")
    }
    guard vocabulary == nil || by.contains(.frequency) else {
      throw ValidationError("--vocabulary needs --by frequency, whose ranks are its lines")
    }
    guard chart.isEmpty || chart.count == by.count else {
      throw ValidationError(
        by.isEmpty
          ? "--chart needs --by, whose groups it draws"
          : "there are \(chart.count) --chart and \(by.count) --by; name a file for each --by")
    }
  }

  /// As the library takes them.
  var options: Evaluation.Options {
    var options = Evaluation.Options()
    if !metric.isEmpty { options.metrics = metric }
    if let tokenize { options.tokenizer = tokenize }
    options.subwords = subwords
    if confidence || !compare.isEmpty {
      var bootstrap = Bootstrap()
      bootstrap.samples = samples ?? bootstrap.samples
      bootstrap.seed = seed ?? bootstrap.seed
      options.bootstrap = bootstrap
    }
    options.groupings = by
    options.groupCount = groups ?? options.groupCount
    options.vocabulary = vocabulary
    return options
  }
}

extension BLEUTokenizer: ExpressibleByArgument {}
extension Grouping: ExpressibleByArgument {}
extension MetricKind: ExpressibleByArgument {}
extension Subwords: ExpressibleByArgument {}
