import Foundation

/// BLEU of translations, and the perplexity of the model that made them; of a language model the perplexity.
public struct Evaluation: Sendable {
  /// Sentence pairs, or lines.
  public var sentences = 0
  /// Target symbols that count, with `<eos>`; nil without a model.
  public var symbols: Int?
  /// exp of −Σ log p per target symbol that counts; nil without a model.
  public var perplexity: Double?
  /// The fraction of translations that are exactly the reference, 0...1; nil where nothing is translated.
  public var exact: Double?
  /// Corpus BLEU of the translations, 0...100; nil where nothing is translated.
  public var bleu: Double?
  /// How BLEU came about, in sacreBLEU's words.
  public var signature: String?
  /// What the user should know, one sentence each.
  public var warnings: [String] = []

  /// How a model is evaluated.
  public struct Options: Sendable {
    /// Of the search.
    public var beamSize = 12
    /// Of BLEU.
    public var tokenizer = BLEUTokenizer.mteval13a
    /// What the text's pieces are, if not what the model's configuration says.
    public var subwords: Subwords?

    /// The defaults of `launcher evaluate`.
    public init() {}
  }

  /// Evaluates models on the text of two files, where that text is.
  ///
  /// - Parameters:
  ///   - models: one or several.
  ///   - files: of sentences, and of their translations, line for line.
  ///   - options: how.
  ///   - work: who does it.
  ///   - progress: told how many sentences have been translated.
  /// - Throws: `InputError` naming file and line.
  public init(
    _ models: Ensemble, of files: (source: String, target: String), options: Options,
    over work: some LineWork, progress: (Int) throws -> Void = { _ in }
  ) throws {
    // Opened once and read twice: it may come out of a pipe.
    let text =
      work.hasLines ? try ParallelText(source: files.source, target: files.target) : nil
    try score(text, of: files, by: models, over: work)

    let translator = try Translator(models, SearchOptions(beamSize: options.beamSize))
    var comparison = Comparison(
      tokenizer: options.tokenizer,
      subwords: options.subwords ?? models.configuration.data.subwords)
    try work.forEachWindow(of: text) { items in
      try translator.translate(items.map { $0[0] }).map { [$0.text] }
    } results: { results, items in
      for (result, item) in zip(results, items) {
        comparison.add(translation: result[0], reference: item[1])
      }
      try progress(comparison.sentences)
    }
    take(comparison, target: files.target)
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

  /// Evaluates translations that are in a file.
  ///
  /// - Parameters:
  ///   - hypotheses: a file of translations.
  ///   - target: what they should be, line for line.
  ///   - tokenizer: of BLEU.
  ///   - subwords: what the pieces of both texts are.
  /// - Throws: `InputError` naming file and line.
  public init(
    hypotheses: String, target: String, tokenizer: BLEUTokenizer = .mteval13a,
    subwords: Subwords = .words
  ) throws {
    var comparison = Comparison(tokenizer: tokenizer, subwords: subwords)
    try ParallelText(source: hypotheses, target: target).forEachPair { translation, reference in
      comparison.add(translation: translation, reference: reference)
    }
    take(comparison, target: target)
  }

  private mutating func take(_ comparison: Comparison, target: String) {
    sentences = comparison.sentences
    exact = Double(comparison.exact) / Double(max(comparison.sentences, 1))
    bleu = comparison.bleu.score
    signature = comparison.bleu.signature
    if let warning = comparison.suspicion.warning(of: target) { warnings.append(warning) }
  }
}

/// Translations beside what they should be, in words.
private struct Comparison {
  private(set) var sentences = 0
  private(set) var exact = 0
  private(set) var bleu: BLEU
  private(set) var suspicion = SubwordSuspicion()
  private let subwords: Subwords

  init(tokenizer: BLEUTokenizer, subwords: Subwords) {
    bleu = BLEU(tokenizer: tokenizer)
    self.subwords = subwords
  }

  mutating func add(translation: String, reference: String) {
    sentences += 1
    if subwords == .words { suspicion.look(at: reference) }
    let (hypothesis, reference) = (subwords.words(of: translation), subwords.words(of: reference))
    // Strings that look the same may be equal; lines of a text are the same where their bytes are.
    if hypothesis.utf8.elementsEqual(reference.utf8) { exact += 1 }
    bleu.add(hypothesis: hypothesis, reference: reference)
  }
}
