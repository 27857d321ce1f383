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

  /// Evaluates a model on the text of two files.
  ///
  /// - Parameters:
  ///   - model: the model.
  ///   - source: a file of sentences.
  ///   - target: their translations, line for line.
  ///   - beamSize: of the search.
  ///   - progress: told how many sentences have been translated.
  /// - Throws: `InputError` naming file and line.
  public init(
    _ model: TrainedModel, source: String, target: String, beamSize: Int,
    progress: (Int) -> Void = { _ in }
  ) throws {
    var loss = 0.0
    try Scorer(model).score(source: source, target: target) { score in
      loss -= score.logProbability
      symbols += score.symbols
      sentences += 1
    }
    perplexity = exp(loss / Double(symbols))

    let translator = Translator(model, beamSize: beamSize)
    var score = BLEU()
    var pending: [(source: String, reference: String)] = []
    var done = 0
    func flush() {
      for (line, pair) in zip(translator.translate(pending.map(\.source)), pending) {
        score.add(hypothesis: line, reference: pair.reference)
      }
      done += pending.count
      pending.removeAll()
      progress(done)
    }
    try ParallelText(source: source, target: target).forEachPair { sourceLine, targetLine in
      pending.append((sourceLine, targetLine))
      if pending.count == 32 { flush() }
    }
    flush()
    bleu = score.score
  }
}
