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

  /// The best translation of each line; sentences of similar lengths are best given together.
  public func translate(_ lines: [String]) -> [String] {
    let sources = lines.map(model.encodeSource)
    // An empty line has an empty translation, whatever the model would make up.
    let filled = sources.indices.filter { !sources[$0].isEmpty }
    var translations = [String](repeating: "", count: lines.count)
    for (index, hypotheses) in zip(filled, search.search(filled.map { sources[$0] })) {
      translations[index] = hypotheses.first.map { model.decodeTarget($0.symbols) } ?? ""
    }
    return translations
  }
}
