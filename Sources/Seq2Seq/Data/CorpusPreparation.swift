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
    let data = configuration.data
    let text = try ParallelText(
      source: try configuration.required(\.data.source, "data.source"),
      target: try configuration.required(\.data.target, "data.target"))
    guard (data.validationSource == nil) == (data.validationTarget == nil) else {
      throw InputError("data.validationSource and data.validationTarget go together")
    }
    // Fixed before the texts are read: if they change meanwhile, the next run prepares anew.
    var report = PreparationReport(inputs: try inputs(of: configuration))
    let folder = try folder(for: configuration)
    try makeFolder(folder)
    PartialFile.sweep(folder)

    let tokenizer = data.tokenizer.tokenizer
    let (source, target) = try vocabularies(of: text, data: data, tokenizer: tokenizer) {
      try progress("counting words", $0)
    }
    report.take(source: source, target: target)
    let encoder = PairEncoder(
      tokenizer: tokenizer, source: source, target: target, maxLength: data.maxLength)
    var (files, validation) = try writeValidation(of: data, encoder, in: folder, &report)
    let file = try PairFileWriter(folder + "/train.pairs")
    report.training = try encoder.write(
      text, to: file, progress: { try progress("numbering words", $0) },
      visit: validation.isEmpty ? nil : { validation.remove($0) })
    report.trainedValidationPairs = report.differentValidationPairs - validation.count
    guard report.training.pairs > 0 else {
      throw InputError(
        "no pair of \(data.source ?? "") is left: \(report.training.tooLongPairs) are longer than "
          + "data.maxLength \(data.maxLength), \(report.training.emptyPairs) have an empty target")
    }
    files += try [
      file.file, AtomicFile.completed(source.text, for: folder + "/source.vocab"),
      AtomicFile.completed(target.text, for: folder + "/target.vocab"),
    ]
    try publish(files, with: report, in: folder)
    return report
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
    guard let source = data.validationSource, let target = data.validationTarget else {
      return ([], [])
    }
    var pairs = Set<UInt64>()
    let file = try PairFileWriter(folder + "/valid.pairs")
    report.validation = try encoder.write(
      ParallelText(source: source, target: target), to: file, visit: { pairs.insert($0) })
    guard report.validation.pairs > 0 else {
      throw InputError("no pair of \(source) is left to validate on")
    }
    report.differentValidationPairs = pairs.count
    return ([file.file], pairs)
  }

  private static func vocabularies(
    of text: ParallelText, data: Configuration.Data, tokenizer: any Tokenizer,
    progress: (Double) throws -> Void
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
        source: source.ids(of: symbols.0), target: target.ids(of: symbols.1))
      if pair.source.count > maxLength || pair.target.count > maxLength {
        counts.tooLongPairs += 1
      } else if pair.target.isEmpty {
        counts.emptyPairs += 1
      } else {
        try writer.append(pair)
        counts.source += WordCounts(pair.source)
        counts.target += WordCounts(pair.target)
        if symbols.0.elementsEqual(symbols.1, by: { SymbolText($0) == SymbolText($1) }) {
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
