/// Translates lines of text.
public struct Translator {
  private let model: TrainedModel
  private let search: BeamSearch

  /// - Parameters:
  ///   - model: the model.
  ///   - beamSize: partial hypotheses kept per sentence; 1 is a greedy search.
  /// - Throws: `InputError` if the model is a language model.
  public init(_ model: TrainedModel, beamSize: Int) throws {
    try model.checkTranslates()
    self.model = model
    search = BeamSearch(
      model.network.makeDecoder(model.parameters), beamSize: beamSize)
  }

  /// A translated line.
  public struct Translation: Sendable, Equatable {
    /// The translation.
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
    let sources = lines.map(model.encodeSource)
    var translations = sources.map { Translation(text: "", source: WordCounts($0)) }
    // An empty line has an empty translation, whatever the model would make up.
    let filled = sources.indices.filter { !sources[$0].isEmpty }
    let found = search.search(filled.map { model.readingOrder(sources[$0]) })
    for (index, hypotheses) in zip(filled, found) {
      guard let best = hypotheses.first, best.score.isFinite else { throw model.computesNoNumber }
      translations[index].text = model.decodeTarget(best.symbols)
    }
    return translations
  }
}
