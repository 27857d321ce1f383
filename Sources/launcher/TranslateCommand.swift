import ArgumentParser
import Foundation
import Seq2Seq

/// `launcher translate`
struct TranslateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "translate",
    abstract: "Translate standard input to standard output, line for line.",
    discussion: """
      A line in is a line out: the best translation, or with --n-best some lines `id ||| text ||| \
      logp= score ||| total`, where id is the number of the line from 0, score the natural logarithm \
      of p(text, <eos> | source), and total the score divided as --length-penalty says. An empty line \
      has an empty translation, or its prefix. --replace-unknown, --alignments and --attention need a \
      model with attention.
      """)

  @OptionGroup var models: ModelOptions

  @OptionGroup(title: "Search options") var search: SearchArguments

  @OptionGroup(title: "Attention options") var attention: AttentionArguments

  func validate() throws {
    try models.checkNamed()
    let read = models.folders.map { SavedModels(output: $0) }
    for file in attention.outputs
    where fileRead(
      replacedBy: file, inputs: [search.prefix, attention.dictionary], models: read) != nil
    {
      throw ValidationError("\(file.quoted) is read, and would be replaced; write to another file")
    }
  }

  func run() throws {
    try withDistributedLines { work in
      // Where there are lines, files are opened; all hear of what fails.
      var (output, prefixes): (TranslationOutput?, PrefixLines?)
      let translator = try work.together {
        var options = TranslationOptions(search: try search.options())
        try attention.apply(to: &options)
        let translator = try Translator(models.ensemble(), options)
        guard work.hasLines else { return translator }
        prefixes = try search.prefix.map { try PrefixLines($0) }
        output = try TranslationOutput(isNBest: search.nBest != nil, attention)
        return translator
      }
      var input = StandardInput()
      var words = WordCounts()
      while true {
        // What is there already goes together; nobody waits for a line that has not come.
        // All weights of these lines are there at once.
        let limit = attention.attention == nil ? work.window : work.window / 32
        let lines = work.hasLines ? try input.next(atMost: limit) : []
        let (translations, count) = try translator.translate(
          lines, prefixes: prefixes?.next(lines.count), over: work)
        for translation in translations {
          try output?.write(translation)
          words += translation.source
        }
        try StandardOutput.flush()
        if count == 0 { break }
      }
      try prefixes?.checkEnd()
      try output?.complete()
      words.warning(of: "standard input").map(printWarning)
    }
  }
}

/// What a search keeps, prefers and begins with.
struct SearchArguments: ParsableArguments {
  @Option(help: "Partial hypotheses kept per sentence; 1 is a greedy search.")
  var beam = 12

  @Option(
    help: """
      Print this many of the best translations of each line, as far as there are so many, at most \
      --beam.
      """)
  var nBest: Int?

  @Option(
    help: """
      Divide the logarithm of the probability, so that long translations can win: by \
      ((5 + n) / 6)^A for a number A from 0 to 10 (Wu et al. 2016), by n for 'symbol'. n counts \
      symbols, <eos> among them. (default: nothing is divided)
      """)
  var lengthPenalty: String?

  @Option(help: "Symbols of a translation at most. (default: twice the source's and 50)")
  var maxLength: Int?

  @Option(
    help: "A file with the beginning of each line's translation, which may be empty.",
    completion: .file())
  var prefix: String?

  func validate() throws {
    try validateBeam(beam)
    if let nBest, !(1...beam).contains(nBest) {
      throw ValidationError("--n-best must be from 1 to --beam, which is \(beam)")
    }
    if let maxLength, !(1...1_000_000).contains(maxLength) {
      throw ValidationError("--max-length must be from 1 to 1000000")
    }
    _ = try penalty()
  }

  private func penalty() throws -> LengthPenalty {
    guard let lengthPenalty else { return .none }
    if lengthPenalty == "symbol" { return .perSymbol }
    guard let alpha = Double(lengthPenalty), (0...10).contains(alpha) else {
      throw ValidationError("--length-penalty must be a number from 0 to 10, or 'symbol'")
    }
    return .wu(alpha: alpha)
  }

  func options() throws -> SearchOptions {
    var options = SearchOptions(beamSize: beam)
    options.nBest = nBest ?? 1
    options.lengthPenalty = try penalty()
    options.maxLength = maxLength
    return options
  }
}

/// What is made of attention.
struct AttentionArguments: ParsableArguments {
  @Flag(help: "Replace each <unk> by the source word that attention looks at most.")
  var replaceUnknown = false

  @Option(
    help: "With --replace-unknown: a file of source words and their translations, a pair a line.",
    completion: .file())
  var dictionary: String?

  @Option(
    help: """
      Write here, for each line printed, pairs source-target of positions from 0: what each symbol \
      looks at most.
      """,
    completion: .file())
  var alignments: String?

  @Option(
    help: "Write here, for each line printed, the symbols and all weights as a JSON object.",
    completion: .file())
  var attention: String?

  /// The files that are written.
  var outputs: [String] { [alignments, attention].compactMap { $0 } }

  func validate() throws {
    guard replaceUnknown || dictionary == nil else {
      throw ValidationError("--dictionary goes with --replace-unknown")
    }
    if let alignments, let attention, isSameFile(alignments, attention) {
      throw ValidationError("--alignments and --attention need a file each")
    }
  }

  func apply(to options: inout TranslationOptions) throws {
    if replaceUnknown {
      options.unknownWords =
        try dictionary.map { try WordDictionary(contentsOf: $0) } ?? WordDictionary()
    }
    options.alignments = attention != nil ? .weights : alignments != nil ? .positions : .none
  }
}
