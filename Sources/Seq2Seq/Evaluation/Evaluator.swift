import Foundation

/// Perplexity and BLEU of a model on a text.
public struct Evaluation: Sendable {
  /// Sentence pairs.
  public var sentences = 0
  /// Target symbols with `<eos>`.
  public var symbols = 0
  /// exp of −Σ log p, a target symbol.
  public var perplexity = 0.0
  /// Corpus BLEU of the translations, 0...100.
  public var bleu = 0.0

  /// Evaluates a model on the text of two files; on rank 0 where ranks share the work.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - source: a file of sentences.
  ///   - target: their translations, line for line.
  ///   - beamSize: of the search.
  ///   - work: the ranks that share it.
  ///   - progress: told how many sentences have been translated.
  /// - Throws: `InputError` naming file and line.
  public init(
    _ model: TrainedModel, source: String, target: String, beamSize: Int, sharing work: SharedWork,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    var loss = 0.0
    try Scorer(model).score(source: source, target: target, sharing: work) { score in
      loss -= score.logProbability
      symbols += score.symbols
      sentences += 1
    }
    perplexity = exp(loss / Double(max(symbols, 1)))

    let translator = Translator(model, beamSize: beamSize)
    var score = BLEU()
    var done = 0
    try work.forEachWindow(source: source, target: target) { items in
      translator.translate(items.map { $0[0] }).map { [$0.text] }
    } results: { results, items in
      for (result, item) in zip(results, items) {
        score.add(hypothesis: result[0], reference: item[1])
      }
      done += items.count
      try progress(done)
    }
    bleu = score.score
  }
}
