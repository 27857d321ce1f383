import Foundation

extension PreparedCorpus {
  /// Turns the texts of a configuration into a prepared corpus.
  ///
  /// The texts are read twice, a line at a time: once to count symbols, once to number them.
  ///
  /// - Parameter progress: told what is being done and which fraction of it, 0...1, is done.
  /// - Throws: `InputError` naming file and line; whatever `progress` throws.
  @discardableResult
  public static func prepare(
    _ configuration: Configuration, progress: (String, Double) throws -> Void = { _, _ in }
  ) throws -> PreparationReport {
    let (data, hasSource) = (configuration.data, configuration.model.type.hasSource)
    let text = try ParallelText(
      source: hasSource ? configuration.required(\.data.source, "data.source") : nil,
      target: configuration.required(\.data.target, "data.target"))
    guard !hasSource || (data.validationSource == nil) == (data.validationTarget == nil) else {
      throw InputError("data.validationSource and data.validationTarget go together")
    }
    // Fixed before the texts are read: if they change meanwhile, the next run prepares anew.
    var report = PreparationReport(inputs: try inputs(of: configuration))
    let folder = try folder(for: configuration)
    try makeFolder(folder)
    PartialFile.sweep(folder)

    let tokenizer = data.tokenizer.tokenizer
    let vocabularies = try vocabularies(of: text, data: data, tokenizer: tokenizer) {
      try progress("counting words", $0)
    }
    report.take(vocabularies)
    let encoder = PairEncoder(
      tokenizer: tokenizer, vocabularies: vocabularies,
      maxLength: hasSource ? data.maxLength : nil)
    var (files, validation) = try writeValidation(of: data, encoder, in: folder, &report)
    let file = try PairFileWriter(folder + "/train.pairs")
    report.training = try encoder.write(
      text, to: file, progress: { try progress("numbering words", $0) },
      visit: validation.isEmpty ? nil : { validation.remove($0) })
    report.trainedValidationPairs = report.differentValidationPairs - validation.count
    try check(report.training, configuration)
    files += try [file.file] + vocabularies.files(in: folder)
    try publish(files, with: report, in: folder)
    vocabularies.removeOthers(in: folder)
    return report
  }

  /// Refuses a training text of which nothing is left, or too little.
  private static func check(
    _ counts: PreparationReport.Counts, _ configuration: Configuration
  ) throws {
    let data = configuration.data
    guard configuration.model.type.hasSource else {
      try checkWords(of: data.target, counts)
      _ = try StreamPlan(symbols: counts.streamSymbols, configuration.training)
      return
    }
    guard counts.pairs > 0 else {
      throw InputError(
        "no pair of \(data.source ?? "") is left: \(counts.tooLongPairs) are longer than "
          + "data.maxLength \(data.maxLength), \(counts.emptyPairs) have an empty target")
    }
  }

  /// Refuses a text of a language model that is nothing but ends of lines.
  private static func checkWords(
    of text: String?, _ counts: PreparationReport.Counts
  ) throws {
    guard counts.target.words > 0 else {
      throw InputError("\(text ?? "") has no words: all its \(counts.pairs) lines are empty")
    }
  }

  /// Gives complete files their names. The report's being there says that the rest is complete: it is
  /// gone before the first, and back after the last.
  private static func publish(
    _ files: [AtomicFile], with report: PreparationReport, in folder: String
  ) throws {
    unlink(PreparationReport.path(in: folder))
    for file in files { try file.publish() }
    try AtomicFile.write(report.json(), to: PreparationReport.path(in: folder))
  }

  /// Writes the validation text, if there is one.
  ///
  /// - Returns: its complete file, and a hash of each of its pairs.
  private static func writeValidation(
    of data: Configuration.Data, _ encoder: PairEncoder, in folder: String,
    _ report: inout PreparationReport
  ) throws -> (files: [AtomicFile], pairs: Set<UInt64>) {
    guard let target = data.validationTarget else { return ([], []) }
    let source = data.validationSource
    var pairs = Set<UInt64>()
    let file = try PairFileWriter(folder + "/valid.pairs")
    report.validation = try encoder.write(
      ParallelText(source: source, target: target), to: file, visit: { pairs.insert($0) })
    if source == nil { try checkWords(of: target, report.validation) }
    guard report.validation.pairs > 0 else {
      throw InputError("no pair of \(source ?? target) is left to validate on")
    }
    report.differentValidationPairs = pairs.count
    return ([file.file], pairs)
  }

  private static func vocabularies(
    of text: ParallelText, data: Configuration.Data, tokenizer: any Tokenizer,
    progress: (Double) throws -> Void
  ) throws -> Vocabularies {
    let givenSource = try data.sourceVocabulary.map(Vocabulary.init(contentsOf:))
    let givenTarget = try data.targetVocabulary.map(Vocabulary.init(contentsOf:))
    let countsSource = text.hasSource && givenSource == nil
    var sourceCounts: [SymbolText: Int] = [:]
    var targetCounts: [SymbolText: Int] = [:]
    if countsSource || givenTarget == nil {
      try text.forEachPair(progress: progress) { source, target in
        if countsSource {
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
    }
    return Vocabularies(
      source: countsSource
        ? Vocabulary(counts: sourceCounts, limit: data.sourceVocabularySize) : givenSource,
      target: givenTarget ?? Vocabulary(counts: targetCounts, limit: data.targetVocabularySize))
  }
}

/// Numbers the symbols of sentence pairs.
struct PairEncoder {
  let tokenizer: any Tokenizer
  let vocabularies: Vocabularies
  /// Words that either side may have; nil where every line belongs to one long text, also an empty one.
  let maxLength: Int?

  /// Writes the pairs of a text that are not too long.
  ///
  /// - Parameters:
  ///   - text: the lines.
  ///   - writer: receives their pairs, and is complete afterwards.
  ///   - progress: told which part of the text, 0...1, is done.
  ///   - visit: given a hash of every pair that is kept, if it is there.
  fileprivate func write(
    _ text: ParallelText, to writer: PairFileWriter,
    progress: (Double) throws -> Void = { _ in }, visit: ((UInt64) -> Void)? = nil
  ) throws -> PreparationReport.Counts {
    var counts = PreparationReport.Counts()
    try text.forEachPair(progress: progress) { sourceLine, targetLine in
      let symbols = (tokenizer.symbols(of: sourceLine), tokenizer.symbols(of: targetLine))
      let pair = SentencePair(
        source: vocabularies.source?.ids(of: symbols.0) ?? [],
        target: vocabularies.target.ids(of: symbols.1))
      if let maxLength, pair.source.count > maxLength || pair.target.count > maxLength {
        counts.tooLongPairs += 1
      } else if maxLength != nil, pair.target.isEmpty {
        counts.emptyPairs += 1
      } else {
        try writer.append(pair)
        counts.source += WordCounts(pair.source)
        counts.target += WordCounts(pair.target)
        if text.hasSource,
          symbols.0.elementsEqual(symbols.1, by: { SymbolText($0) == SymbolText($1) })
        {
          counts.equalPairs += 1
        }
        guard let visit else { return }
        var hash = Fingerprint()
        for symbol in symbols.0 + [""] + symbols.1 { hash.addLine(symbol) }
        visit(hash.value)
      }
    }
    counts.pairs = writer.count
    try writer.complete()
    return counts
  }
}
