/// Translates lines of text.
public struct Translator {
  private let ensemble: Ensemble
  private let options: SearchOptions
  private let search: BeamSearch

  /// - Parameters:
  ///   - ensemble: the model, or several.
  ///   - options: of the search.
  /// - Throws: `InputError` if no model translates.
  public init(_ ensemble: Ensemble, _ options: SearchOptions = SearchOptions()) throws {
    try ensemble.leader.checkTranslates()
    (self.ensemble, self.options) = (ensemble, options)
    search = BeamSearch(ensemble.makeDecoder(), options)
  }

  /// A translator with one model.
  public init(_ model: TrainedModel, beamSize: Int) throws {
    try self.init(Ensemble(model), SearchOptions(beamSize: beamSize))
  }

  /// A translated line.
  public struct Translation: Sendable, Equatable {
    /// The best translation.
    public var text: String
    /// The source line's words, and those of them that the model does not know.
    public var source: WordCounts
  }

  /// The best translations of lines, in order, where the lines are; and everywhere the count of lines.
  public func translate(
    _ lines: [String], over work: some LineWork
  ) throws -> (translations: [Translation], count: Int) {
    let (results, count) = try work.map(lines.map { [$0] }) { items in
      try translate(items.map { $0[0] }).map { [$0.text] + $0.source.fields }
    }
    return (
      results.map { Translation(text: $0[0], source: WordCounts(fields: $0[1...])) }, count
    )
  }

  /// The best translation of each line; sentences of similar lengths are best given together.
  ///
  /// - Throws: `InputError` if the model computes no number for one.
  public func translate(_ lines: [String]) throws -> [Translation] {
    let sources = lines.map(ensemble.source)
    var translations = sources.map {
      Translation(text: "", source: WordCounts(ensemble.leaderSource($0)))
    }
    // An empty line has an empty translation, whatever the model would make up.
    let filled = sources.indices.filter { sources[$0].count > 0 }
    let found = search.search(filled.map { sources[$0] })
    for (index, hypotheses) in zip(filled, found) {
      guard let best = hypotheses.first, best.score.isFinite else {
        throw ensemble.computesNoNumber
      }
      translations[index].text = ensemble.leader.decodeTarget(best.symbols)
    }
    return translations
  }
}
