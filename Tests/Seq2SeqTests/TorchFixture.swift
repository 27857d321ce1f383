import Foundation

@testable import Seq2Seq

/// A fixture made by `Fixtures/make_fixtures.py`: a model and what PyTorch computed with it.
struct TorchFixture {
  static let names = [
    "layers1", "layers2", "layers3", "layers4", "gru", "gru3", "rnn", "attention", "attention-gru",
    "self-attention", "self-attention-attention", "peeky", "peeky-attention", "hidden", "tied",
    "everything", "everything-gru",
  ]

  let folder: String
  let model: TrainedModel
  let expected: SafeTensorsFile
  private let batches: [String: [String: [[Int32]]]]

  struct Training: Decodable {
    var losses: [Double]
    var norms: [Double]
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
    zip(batches[batch]!["source"]!, batches[batch]!["target"]!).map {
      SentencePair(source: $0, target: $1)
    }
  }

  func training() throws -> Training { try Self.decode(folder + "/training.json") }

  private static func decode<Value: Decodable>(_ path: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }
}
