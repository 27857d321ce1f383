import Foundation

extension PreparedCorpus {
  /// Turns the texts of a configuration into a prepared corpus.
  ///
  /// The texts are read twice, a line at a time: once to count symbols, once to number them.
  ///
  /// - Parameter progress: told what is being done and which part of it, 0...1, is done.
  /// - Throws: `InputError` naming file and line.
  @discardableResult
  public static func prepare(
    _ configuration: Configuration, progress: (String, Double) -> Void = { _, _ in }
  ) throws -> Report {
    let data = configuration.data
    let text = try ParallelText(
      source: try configuration.required(\.data.source, "data.source"),
      target: try configuration.required(\.data.target, "data.target"))
    guard (data.validationSource == nil) == (data.validationTarget == nil) else {
      throw InputError("data.validationSource and data.validationTarget go together")
    }
    // Fixed before the texts are read: if they change meanwhile, the next run prepares anew.
    var report = Report(fingerprint: try fingerprint(of: configuration))
    let folder = try folder(for: configuration)
    try makeFolder(folder)

    let tokenizer = data.tokenizer.tokenizer
    let (source, target) = try vocabularies(of: text, data: data, tokenizer: tokenizer) {
      progress("counting words", $0)
    }
    let encoder = PairEncoder(
      tokenizer: tokenizer, source: source, target: target, maxLength: data.maxLength)
    try encoder.write(text, to: folder + "/train.pairs", report: &report) {
      progress("numbering words", $0)
    }
    guard report.trainingPairs > 0 else {
      throw InputError(
        "no pair of \(data.source ?? "") is left: \(report.tooLongPairs) are longer than "
          + "data.maxLength \(data.maxLength), \(report.emptyPairs) have an empty target")
    }
    if let validationSource = data.validationSource, let validationTarget = data.validationTarget {
      var validation = Report(fingerprint: "")
      try encoder.write(
        ParallelText(source: validationSource, target: validationTarget),
        to: folder + "/valid.pairs", report: &validation)
      guard validation.trainingPairs > 0 else {
        throw InputError("no pair of \(validationSource) is left to validate on")
      }
      report.validationPairs = validation.trainingPairs
    }
    try source.write(to: folder + "/source.vocab")
    try target.write(to: folder + "/target.vocab")
    (report.sourceVocabularySize, report.targetVocabularySize) = (source.count, target.count)
    // Last, for its being there says that the rest is complete.
    let json = JSONEncoder()
    json.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(
      String(decoding: json.encode(report), as: UTF8.self) + "\n", to: folder + "/prepared.json")
    return report
  }

  private static func vocabularies(
    of text: ParallelText, data: Configuration.Data, tokenizer: any Tokenizer,
    progress: (Double) -> Void
  ) throws -> (source: Vocabulary, target: Vocabulary) {
    let givenSource = try data.sourceVocabulary.map(Vocabulary.init(contentsOf:))
    let givenTarget = try data.targetVocabulary.map(Vocabulary.init(contentsOf:))
    if let givenSource, let givenTarget { return (givenSource, givenTarget) }
    var sourceCounts: [SymbolText: Int] = [:]
    var targetCounts: [SymbolText: Int] = [:]
    try text.forEachPair(progress: progress) { source, target in
      if givenSource == nil {
        for symbol in tokenizer.symbols(of: source) {
          sourceCounts[SymbolText(symbol), default: 0] += 1
        }
      }
      if givenTarget == nil {
        for symbol in tokenizer.symbols(of: target) {
          targetCounts[SymbolText(symbol), default: 0] += 1
        }
      }
    }
    return (
      givenSource ?? Vocabulary(counts: sourceCounts, limit: data.sourceVocabularySize),
      givenTarget ?? Vocabulary(counts: targetCounts, limit: data.targetVocabularySize)
    )
  }
}

/// Numbers the symbols of sentence pairs.
struct PairEncoder {
  let tokenizer: any Tokenizer
  let source: Vocabulary
  let target: Vocabulary
  let maxLength: Int

  /// The pair of two lines, of any length.
  func encode(_ sourceLine: String, _ targetLine: String) -> SentencePair {
    SentencePair(
      source: source.ids(of: tokenizer.symbols(of: sourceLine)),
      target: target.ids(of: tokenizer.symbols(of: targetLine)))
  }

  /// Writes the pairs of a text that are not too long.
  fileprivate func write(
    _ text: ParallelText, to path: String, report: inout PreparedCorpus.Report,
    progress: (Double) -> Void = { _ in }
  ) throws {
    var writer = try PairFileWriter(path)
    try text.forEachPair(progress: progress) { sourceLine, targetLine in
      let pair = encode(sourceLine, targetLine)
      if pair.source.count > maxLength || pair.target.count > maxLength {
        report.tooLongPairs += 1
      } else if pair.target.isEmpty {
        report.emptyPairs += 1
      } else {
        try writer.append(pair)
        report.unknownSourceWords += pair.source.count { $0 == Vocabulary.unknown }
        report.unknownTargetWords += pair.target.count { $0 == Vocabulary.unknown }
      }
    }
    report.trainingPairs = writer.count
    report.sourceWords = writer.sourceSymbolCount
    report.targetWords = writer.targetSymbolCount
    try writer.commit()
  }
}
