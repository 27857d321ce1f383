/// The files that a training writes, on rank 0: the best model in the output folder, the last one
/// in its folder `last`, and `metrics.jsonl`.
final class TrainingOutput {
  private let configuration: Configuration
  private let corpus: PreparedCorpus
  private let best: ModelFolder
  private let last: ModelFolder
  private var described: Set<String> = []
  private(set) var metrics: MetricsFile?

  init(_ configuration: Configuration, corpus: PreparedCorpus) throws {
    self.configuration = configuration
    self.corpus = corpus
    let path = try configuration.required(\.training.output, "training.output")
    best = ModelFolder(path: path)
    last = ModelFolder(path: path + "/last")
  }

  /// Makes the folder and begins the metrics anew; a model that is there stays until a new one
  /// is complete.
  func begin() throws {
    try makeFolder(best.path)
    metrics = try MetricsFile(best.path + "/metrics.jsonl")
  }

  /// Saves the parameters as the best ones.
  func saveBest(_ parameters: Parameters) throws { try save(parameters, in: best) }

  /// Saves the parameters as the last ones.
  func saveLast(_ parameters: Parameters) throws { try save(parameters, in: last) }

  private func save(_ parameters: Parameters, in folder: ModelFolder) throws {
    if described.insert(folder.path).inserted {
      try folder.writeDescription(
        configuration, source: corpus.sourceVocabulary, target: corpus.targetVocabulary)
    }
    try folder.write(parameters)
  }
}
