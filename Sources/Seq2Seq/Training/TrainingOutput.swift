import Distributed
import Foundation

/// The files that a training writes: the best model in the output folder, the last one in its
/// folder `last`, and `metrics.jsonl`.
///
/// All ranks save together, each what it owns, into one file that does not show the grid. A model's
/// files take their names together, when all of them are complete.
final class TrainingOutput {
  private let configuration: Configuration
  private let corpus: PreparedCorpus
  private let identity: ModelIdentity
  private let shape: any ModelShape
  /// Where the models are.
  let best: ModelFolder
  var last: ModelFolder { best.last }
  private var described: Set<String> = []
  private(set) var metrics: MetricsFile?

  init(
    _ configuration: Configuration, corpus: PreparedCorpus, shape: any ModelShape
  ) throws {
    self.shape = shape
    self.configuration = configuration
    self.corpus = corpus
    identity = ModelIdentity(configuration, corpus.vocabularies)
    best = ModelFolder(path: try configuration.required(\.training.output, "training.output"))
  }

  /// Makes the folder and begins the metrics anew, on rank 0; a model that is there stays until a
  /// new one is complete.
  func begin() throws {
    try makeFolder(best.path)
    for folder in [best, last] { PartialFile.sweep(folder.path) }
    metrics = try MetricsFile(best.metrics)
  }

  /// Saves the parameters as the best ones; every rank takes part.
  func saveBest(_ worker: Worker, in context: RankContext) throws {
    try save(worker, in: best, in: context)
  }

  /// Saves the parameters as the last ones; every rank takes part.
  func saveLast(_ worker: Worker, in context: RankContext) throws {
    try save(worker, in: last, in: context)
  }

  private func save(_ worker: Worker, in folder: ModelFolder, in context: RankContext) throws {
    let world = context.world
    let writer = try folder.weightsWriter(shape, identity)
    var description: [AtomicFile] = []
    var name = ""
    try world.onFirstRank {
      if !described.contains(folder.path) {
        description = try folder.writeDescription(configuration, corpus.vocabularies)
      }
      name = try writer.create()
    }
    name = String(decoding: try world.broadcast(bytes: Array(name.utf8), from: 0), as: UTF8.self)
    try world.together {
      // Replica 0 writes what is replicated, and every rank its own slice of a sharded softmax.
      if context.coordinate.replica == 0 || context.part.hasLocalOutput {
        try writer.join(name)
        try writer.write(
          worker.parameters, onlyOutput: context.coordinate.replica != 0, of: worker.model)
      }
    }
    try world.onFirstRank {
      for file in description { try file.publish() }
      try writer.publish()
      corpus.vocabularies.removeOthers(in: folder.path)
      described.insert(folder.path)
      // What an earlier training left there is not this one's last model.
      if !described.contains(last.path) { last.remove() }
    }
  }
}

extension SafeTensorsWriter {
  /// Writes a part's parameters, or of them only the output layer's, and makes sure of them.
  fileprivate func write(
    _ parameters: Parameters, onlyOutput: Bool, of model: any Model
  ) throws {
    let output = model.output.map { [$0.weight, $0.bias] } ?? []
    try write(onlyOutput ? output : parameters.layout.all, of: parameters)
    try synchronize()
  }
}
