/// Translates lines of text.
public struct Translator {
  private let ensemble: Ensemble
  private let options: TranslationOptions
  private let search: BeamSearch
  /// Where something must be known of attention.
  private let aligner: Aligner?

  /// - Parameters:
  ///   - ensemble: the model, or several.
  ///   - options: what is wanted.
  /// - Throws: `InputError` if no model translates, or none has attention where that is needed.
  public init(_ ensemble: Ensemble, _ options: TranslationOptions) throws {
    try ensemble.leader.checkTranslates()
    (self.ensemble, self.options) = (ensemble, options)
    aligner =
      options.unknownWords != nil || options.alignments > .none ? try Aligner(ensemble) : nil
    search = BeamSearch(ensemble.makeDecoder(), options.search)
  }

  /// A translator that searches.
  public init(_ ensemble: Ensemble, _ search: SearchOptions = SearchOptions()) throws {
    try self.init(ensemble, TranslationOptions(search: search))
  }

  /// A translator with one model.
  public init(_ model: TrainedModel, beamSize: Int) throws {
    try self.init(Ensemble(model), SearchOptions(beamSize: beamSize))
  }

  /// Translations of lines, in order, where the lines are; and everywhere the count of lines.
  ///
  /// - Parameters:
  ///   - lines: the lines.
  ///   - prefixes: of each line, how its translation begins.
  ///   - work: who does it.
  public func translate(
    _ lines: [String], prefixes: [String]? = nil, over work: some LineWork
  ) throws -> (translations: [Translation], count: Int) {
    let items = prefixes.map { zip(lines, $0).map { [$0, $1] } } ?? lines.map { [$0] }
    let (results, count) = try work.map(items) { items in
      let prefixes = items.allSatisfy { $0.count > 1 } ? items.map { $0[1] } : nil
      return try translate(items.map { $0[0] }, prefixes: prefixes).map(\.fields)
    }
    return (results.map(Translation.init), count)
  }

  /// Translations of each line; sentences of similar lengths are best given together.
  ///
  /// - Parameters:
  ///   - lines: the lines.
  ///   - prefixes: of each line, how its translation begins, to the letter; its words may be unknown.
  /// - Throws: `InputError` if the model computes no number for one.
  public func translate(_ lines: [String], prefixes: [String]? = nil) throws -> [Translation] {
    let sentences = lines.indices.map { Sentence(lines[$0], prefix: prefixes?[$0], ensemble) }
    // An empty line has its prefix as its translation, whatever the model would make up.
    let filled = sentences.indices.filter { sentences[$0].source.count > 0 }
    let found = search.search(
      filled.map { sentences[$0].source }, prefixes: filled.map { sentences[$0].known }
    ).map { $0.filter(\.score.isFinite) }
    guard found.allSatisfy({ !$0.isEmpty }) else { throw ensemble.computesNoNumber }
    let attention = try attention(found, of: filled.map { sentences[$0] })
    var translations = sentences.map { sentence in
      Translation(
        hypotheses: [written(.init(symbols: sentence.known, score: 0), of: sentence, nil)],
        source: WordCounts(ensemble.leaderSource(sentence.source)))
    }
    for (position, index) in filled.enumerated() {
      translations[index].hypotheses = zip(found[position], attention[position]).map {
        written($0, of: sentences[index], $1)
      }
    }
    return translations
  }

  /// A line that is translated.
  private struct Sentence {
    /// Its symbols as they stand in it, in reading order.
    let symbols: [String]
    let source: EnsembleSource
    /// How its translation begins: as a line, as symbols, and as the models know these.
    private let beginning: String
    let prefix: [String]
    let known: [Int32]

    init(_ line: String, prefix: String?, _ ensemble: Ensemble) {
      let leader = ensemble.leader
      symbols = leader.tokenizer.symbols(of: line)
      source = ensemble.source(of: line)
      beginning = prefix ?? ""
      self.prefix = leader.tokenizer.symbols(of: beginning)
      known = leader.vocabularies.target.ids(of: self.prefix)
    }

    /// The line of symbols that begin with the prefix, which keeps its blanks.
    func line(of symbols: [String], _ tokenizer: any Tokenizer) -> String {
      let line = tokenizer.line(of: symbols)
      let start = tokenizer.line(of: prefix)
      guard !prefix.isEmpty, line.utf8.starts(with: start.utf8) else { return line }
      let rest = Substring(line.utf8.dropFirst(start.utf8.count))
      let hasBlank = beginning.utf8.last?.isBlank ?? false
      return beginning + (hasBlank && rest.utf8.first == 0x20 ? rest.dropFirst() : rest)
    }
  }

  /// What attention says of a hypothesis.
  private struct Attention {
    let positions: [Int]
    let weights: [[Float]]

    init(positions: [Int]) { (self.positions, weights) = (positions, []) }

    init(weights: [[Float]]) {
      positions = Alignment(source: [], target: [], weights: weights).positions
      self.weights = weights
    }
  }

  /// What attention says of the hypotheses of each sentence, as far as that is needed.
  private func attention(
    _ found: [[BeamSearch.Hypothesis]], of sentences: [Sentence]
  ) throws -> [[Attention?]] {
    var results = found.map { [Attention?](repeating: nil, count: $0.count) }
    guard let aligner else { return results }
    var (places, pairs): ([(sentence: Int, hypothesis: Int)], [EnsemblePair]) = ([], [])
    for (sentence, hypotheses) in found.enumerated() {
      let known = sentences[sentence].known.count
      for (index, hypothesis) in hypotheses.enumerated()
      where options.alignments > .none
        || hypothesis.symbols.dropFirst(known).contains(Vocabulary.unknown)
      {
        places.append((sentence, index))
        pairs.append(
          EnsemblePair(source: sentences[sentence].source, target: hypothesis.symbols))
      }
    }
    let found =
      options.alignments == .weights
      ? try aligner.weights(of: pairs).map(Attention.init(weights:))
      : try aligner.positions(of: pairs).map { Attention(positions: $0) }
    for (place, attention) in zip(places, found) {
      results[place.sentence][place.hypothesis] = attention
    }
    return results
  }

  /// A hypothesis as text.
  private func written(
    _ hypothesis: BeamSearch.Hypothesis, of sentence: Sentence, _ attention: Attention?
  ) -> Translation.Hypothesis {
    let leader = ensemble.leader
    var symbols = leader.vocabularies.target.symbols(of: hypothesis.symbols)
    symbols.replaceSubrange(..<sentence.prefix.count, with: sentence.prefix)
    if let unknownWords = options.unknownWords, let attention {
      for index in sentence.prefix.count..<symbols.count
      where hypothesis.symbols[index] == Vocabulary.unknown {
        symbols[index] = unknownWords.translation(of: sentence.symbols[attention.positions[index]])
      }
    }
    let divisor = options.search.lengthPenalty.divisor(symbols: symbols.count + 1)
    var written = Translation.Hypothesis(
      text: sentence.line(of: symbols, leader.tokenizer), score: hypothesis.score,
      total: hypothesis.score / divisor)
    if options.alignments > .none { written.positions = attention?.positions ?? [] }
    if options.alignments == .weights {
      let target = symbols + [Vocabulary.endSymbol]
      written.alignment = Alignment(
        source: sentence.symbols, target: target,
        weights: attention?.weights ?? target.map { _ in [] })
    }
    return written
  }
}
