import Foundation

/// Scores of translations, and the perplexity of the model that made them; of a language model the perplexity.
public struct Evaluation: Sendable {
  /// Sentence pairs, or lines.
  public var sentences = 0
  /// Target symbols that count, with `<eos>`; nil without a model.
  public var symbols: Int?
  /// exp of −Σ log p per target symbol that counts; nil without a model.
  public var perplexity: Double?
  /// What was found of translations: a model's or those of a file, and then of what is compared with them;
  /// nothing where nothing is translated.
  public var systems: [System] = []
  /// How the scores came about, by metric, in sacreBLEU's words.
  public var signatures: [String] = []
  /// Scores of sentences in groups, by what was asked for.
  public var groups: [Groups] = []
  /// What the user should know, one sentence each.
  public var warnings: [String] = []

  /// The fraction of translations that are exactly a reference, 0...1; nil where nothing is translated.
  public var exact: Double? { systems.first?.exact }

  /// Corpus BLEU of the translations, 0...100; nil where it was not computed.
  public var bleu: Double? { systems.first?.scores.first { $0.metric == BLEU().name }?.value }

  /// Evaluates models on the text of files, where that text is. The perplexity is that of the first
  /// reference.
  ///
  /// - Parameters:
  ///   - models: one or several.
  ///   - files: sentences, references, and translations to compare with the model's; all have as many lines.
  ///   - options: how.
  ///   - work: who does it.
  ///   - progress: told how many sentences have been translated.
  /// - Throws: `InputError` naming file and line.
  public init(
    _ models: Ensemble, of files: EvaluatedFiles, options: Options = Options(),
    over work: some LineWork, progress: (Int) throws -> Void = { _ in }
  ) throws {
    // Opened once and read twice: it may come out of a pipe.
    let text = work.hasLines ? try ParallelText(files) : nil
    try score(text, of: (files.source, files.references[0]), by: models, over: work)

    let translator = try Translator(models, SearchOptions(beamSize: options.beamSize))
    var comparison = Comparison(
      files, hasModel: true, options: options,
      subwords: options.subwords ?? models.configuration.data.subwords,
      measures: options.groupings.isEmpty ? nil : SentenceMeasures(models.leader))
    try work.forEachWindow(of: text) { items in
      try translator.translate(items.map { $0[0] }).map { [$0.text] }
    } results: { results, rows in
      for (result, row) in zip(results, rows) { comparison.add(row, translation: result[0]) }
      try progress(comparison.sentences)
    }
    // Only there are there sentences.
    if work.hasLines { take(comparison) }
  }

  /// Evaluates language models on the lines of a file, each alone, where that text is.
  ///
  /// - Parameters:
  ///   - models: one or several.
  ///   - target: the file.
  ///   - work: who does it.
  /// - Throws: `InputError` naming file and line.
  public init(_ models: Ensemble, target: String, over work: some LineWork) throws {
    let text = work.hasLines ? try ParallelText(source: nil, target: target) : nil
    try score(text, of: (nil, target), by: models, over: work)
  }

  /// Finds the perplexity, by what the training counted.
  private mutating func score(
    _ text: ParallelText?, of files: (source: String?, target: String), by models: Ensemble,
    over work: some LineWork
  ) throws {
    var (loss, symbols, lines) = (0.0, 0, 0)
    var words = (source: WordCounts(), target: WordCounts())
    let scorer = Scorer(models, ignoringUnknown: models.configuration.training.ignoreUnknown)
    try scorer.score(text, over: work) { score in
      loss -= score.logProbability
      symbols += score.symbols
      lines += 1
      words.source += score.source
      words.target += score.target
    }
    warnings += [
      files.source.flatMap { words.source.warning(of: $0) },
      words.target.warning(of: files.target),
    ].compactMap { $0 }
    sentences = lines
    self.symbols = symbols
    perplexity = exp(loss / Double(max(symbols, 1)))
  }

  /// Evaluates translations that are in files, the first of them against the others where there are some.
  ///
  /// - Parameters:
  ///   - files: references, translations, and sentences if they are known; all have as many lines.
  ///   - options: how.
  /// - Throws: `InputError` naming file and line.
  public init(of files: EvaluatedFiles, options: Options = Options()) throws {
    let text = try ParallelText(files)
    var comparison = Comparison(
      files, hasModel: false, options: options, subwords: options.subwords ?? .words,
      measures: options.groupings.isEmpty ? nil : try Self.measures(of: text, files, options))
    try text.forEachRow { comparison.add($0) }
    take(comparison)
  }

  /// Without a model, words are what blanks part, and how rare they are says a file, or the text itself.
  private static func measures(
    of text: ParallelText, _ files: EvaluatedFiles, _ options: Options
  ) throws -> SentenceMeasures {
    if let path = options.vocabulary { return SentenceMeasures(try Vocabulary(contentsOf: path)) }
    let side = files.source == nil ? 1 : 0
    return SentenceMeasures(try Vocabulary { body in try text.forEachRow { body($0[side]) } })
  }

  private mutating func take(_ comparison: Comparison) {
    sentences = comparison.sentences
    systems = comparison.results
    signatures = comparison.signatures
    groups = comparison.groups
    warnings += comparison.warnings
  }
}

extension ParallelText {
  fileprivate init(_ files: EvaluatedFiles) throws {
    try self.init(
      source: files.source, target: files.references[0],
      others: files.references.dropFirst() + files.hypotheses)
  }
}
