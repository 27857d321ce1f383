import ArgumentParser
import Foundation
import Seq2Seq

/// What commands with a configuration have in common.
struct ConfigurationOptions: ParsableArguments {
  @Argument(
    help: "The configuration file; its paths are relative to its own folder.",
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes a key of the configuration; may be repeated.", valueName: "section.key=value"))
  var settings: [String] = []

  /// The configuration.
  func load() throws -> Configuration { try Configuration(contentsOf: config, settings: settings) }
}

/// `launcher prepare`
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Turn a corpus into vocabularies and numbers.",
    discussion: """
      `train` does the same where it was not done; this command does it ahead of time and tells \
      what it found. The result goes to data.prepared, or the folder `prepared` in training.output.
      """)

  @OptionGroup var options: ConfigurationOptions

  func run() throws {
    let configuration = try options.load()
    Interruption.watch()
    let report = try preparedReport(for: configuration, force: true)
    let folder = try PreparedCorpus.folder(for: configuration)
    try StandardOutput.line("prepared \(folder)")
    for (name, value) in try report.rows(for: configuration) {
      try StandardOutput.line("  \(name.padded(to: 34))\(value)")
    }
    for warning in report.warnings(configuration.data) { printWarning(warning) }
  }
}

/// Prepares the corpus of a configuration unless that was done before.
@discardableResult
func preparedReport(
  for configuration: Configuration, force: Bool
) throws -> PreparationReport {
  if !force, let report = try PreparedCorpus.upToDateReport(for: configuration) { return report }
  let folder = try PreparedCorpus.folder(for: configuration)
  let models = SavedModels(output: folder)
  if models.hasModel, let taken = models.taken {
    throw InputError(
      "\(folder) holds \(taken), whose vocabularies the prepared corpus would replace; set "
        + "data.prepared to another folder")
  }
  if let file = PreparedCorpus.foreignFile(in: folder) {
    throw InputError(
      "\(file) is not of a prepared corpus, and would be replaced; set data.prepared to another "
        + "folder")
  }
  let report = try PreparedCorpus.prepare(configuration) { work, fraction in
    try Interruption.check()
    try Progress.status([StatusField("\(work) \(Int(100 * fraction)) %")], inFile: false)
  }
  let counts = report.training
  switch configuration.model.type {
  case .seq2seq:
    try Progress.line(
      "prepared \(grouped(counts.pairs)) pairs; dropped \(grouped(counts.tooLongPairs)) "
        + "longer than data.maxLength and \(grouped(counts.emptyPairs)) without a target")
  case .languageModel:
    try Progress.line(
      "prepared \(grouped(counts.pairs)) lines of \(grouped(counts.target.words)) words")
  }
  return report
}

extension PreparationReport {
  /// The numbers as a table of names and values.
  fileprivate func rows(for configuration: Configuration) throws -> [(String, String)] {
    switch configuration.model.type {
    case .seq2seq: pairRows
    case .languageModel: try streamRows(configuration.training)
    }
  }

  private var pairRows: [(String, String)] {
    [
      ("training pairs", grouped(training.pairs)),
      ("dropped as too long", grouped(training.tooLongPairs)),
      ("dropped without a target", grouped(training.emptyPairs)),
      ("validation pairs", grouped(validation.pairs)),
      ("source words", grouped(training.source.words)),
      ("target words", grouped(training.target.words)),
      ("source vocabulary", grouped(sourceVocabularySize)),
      ("target vocabulary", grouped(targetVocabularySize)),
      ("source words not in the vocabulary", training.source.unknownShare),
      ("target words not in the vocabulary", training.target.unknownShare),
    ]
  }

  private func streamRows(_ options: Configuration.Training) throws -> [(String, String)] {
    let plan = try StreamPlan(symbols: training.streamSymbols, options)
    return [
      ("training lines", grouped(training.pairs)),
      ("validation lines", grouped(validation.pairs)),
      ("words", grouped(training.target.words)),
      ("symbols, with the ends of lines", grouped(plan.symbols)),
      ("streams", "\(grouped(plan.streams)) of \(grouped(plan.length)) symbols"),
      ("symbols dropped at the end", grouped(plan.dropped)),
      ("vocabulary", grouped(targetVocabularySize)),
      ("words not in the vocabulary", training.target.unknownShare),
    ]
  }
}

extension WordCounts {
  /// The words that are not in the vocabulary, and what part of all they are.
  fileprivate var unknownShare: String {
    let percent = 100 * Double(unknown) / Double(max(words, 1))
    return "\(grouped(unknown)) (\(number(percent, digits: 1)) %)"
  }
}

extension String {
  /// The text with blanks up to a width.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(1, width - count))
  }
}
