/// Translates lines of text.
public struct Translator {
  private let model: TrainedModel
  private let search: BeamSearch

  /// - Parameters:
  ///   - model: the model.
  ///   - beamSize: partial hypotheses kept a sentence; 1 is a greedy search.
  public init(_ model: TrainedModel, beamSize: Int) {
    self.model = model
    search = BeamSearch(model: model, beamSize: beamSize)
  }

  /// A translated line.
  public struct Translation: Sendable, Equatable {
    /// The translation.
    public var text: String
    /// Words of the source line.
    public var words: Int
    /// Those of them that the model does not know.
    public var unknownWords: Int
  }

  /// The best translation of each line; sentences of similar lengths are best given together.
  public func translate(_ lines: [String]) -> [Translation] {
    let sources = lines.map(model.encodeSource)
    var translations = sources.map { source in
      Translation(
        text: "", words: source.count,
        unknownWords: source.count { $0 == Vocabulary.unknown })
    }
    // An empty line has an empty translation, whatever the model would make up.
    let filled = sources.indices.filter { !sources[$0].isEmpty }
    for (index, hypotheses) in zip(filled, search.search(filled.map { sources[$0] })) {
      translations[index].text = hypotheses.first.map { model.decodeTarget($0.symbols) } ?? ""
    }
    return translations
  }
}
