import Foundation

@testable import Seq2Seq

/// A fixture made by `Fixtures/make_fixtures.py`: a model and what PyTorch computed with it.
struct TorchFixture {
  /// Models of sentence pairs.
  static let names = [
    "layers1", "layers2", "layers3", "layers4", "gru", "gru3", "rnn", "attention", "attention-gru",
    "self-attention", "self-attention-attention", "peeky", "peeky-attention", "hidden", "tied",
    "everything", "everything-gru",
  ]
  /// Models of texts without a source.
  static let languageModels = ["language-model", "language-model-rnn"]

  let folder: String
  let model: TrainedModel
  let expected: SafeTensorsFile
  private let batches: [String: [String: [[Int32]]]]

  struct Training: Decodable {
    var losses: [Double]
    var norms: [Double]
    /// What a language model's steps are made with; those of pairs are the same for all.
    var batchSize: Int?
    var blockLength: Int?
    var epochs: Double?
    var stateful: Bool?
    var learningRate: Double?
    var clipNorm: Double?
  }

  init(_ name: String) throws {
    folder =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/\(name)").path
    model = try TrainedModel(folder: folder)
    expected = try SafeTensorsFile(folder + "/expected.safetensors")
    batches = try Self.decode(folder + "/batches.json")
  }

  var batchNames: [String] { batches.keys.sorted() }

  func pairs(_ batch: String) -> [SentencePair] {
    let targets = batches[batch]!["target"]!
    let sources = batches[batch]!["source"] ?? Array(repeating: [], count: targets.count)
    return zip(sources, targets).map { SentencePair(source: $0, target: $1) }
  }

  func training() throws -> Training { try Self.decode(folder + "/training.json") }

  private static func decode<Value: Decodable>(_ path: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
