/// Counts what a model translates exactly, with a beam of 1.
struct ExactMatch {
  private let search: BeamSearch

  init(_ model: TrainedModel) {
    search = BeamSearch(Ensemble(model).makeDecoder(), SearchOptions(beamSize: 1))
  }

  /// How many pairs have a translation that is the target, symbol by symbol. A target with a symbol that
  /// the model does not know is translated by none.
  func count(of pairs: [SentencePair]) -> Int {
    // An empty line has an empty translation, and no target is empty.
    let known = pairs.filter {
      !$0.source.isEmpty && !$0.target.contains(Vocabulary.unknown)
    }
    let found = search.search(known.map { EnsembleSource([$0.source]) })
    return zip(known, found).count { pair, hypotheses in
      // A score that is no number is that of a model which computes none: it has said nothing.
      hypotheses.first.map { $0.symbols == pair.target && $0.score.isFinite } ?? false
    }
  }
}
