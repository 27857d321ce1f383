import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Model files")
struct ModelFileTests {
  private let folder = TemporaryFolder()

  /// A safetensors file with any header and some zeros.
  private func tensors(_ header: String, dataSize: Int) -> String {
    var data = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
    data += Data(header.utf8) + Data(count: dataSize)
    return folder.write(data, to: "t")
  }

  @Test("tensors come back as they were written")
  func roundTrip() throws {
    let values: [Float] = [1, -2, 3.5, .pi, 0, -0.0]
    // Two writers of one file, as two processes have.
    let writers = try (0..<2).map { _ in
      try SafeTensorsWriter(
        folder.path + "/t", tensors: [("a.b", [2, 3]), ("c", [1])], metadata: ["format": "pt"])
    }
    try writers[1].join(writers[0].create())
    try values.withUnsafeBufferPointer { buffer in
      try writers[1].write("a.b", from: 2, UnsafeBufferPointer(rebasing: buffer[2...]))
      try writers[0].write("a.b", from: 0, UnsafeBufferPointer(rebasing: buffer[..<2]))
    }
    try writers[0].publish()
    let file = try SafeTensorsFile(folder.path + "/t")
    #expect(file.names == ["a.b", "c"])
    #expect(try file.values("c") == [0])
    #expect(file.shape(of: "a.b") == [2, 3])
    #expect(try file.values("a.b") == values)
    #expect(folder.files == ["t"])
  }

  @Test(
    "a hostile header is refused, and named",
    arguments: [
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}"#,
      #"{"a":{"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#,
      #"{"a":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,-9223372036854775808]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#,
      #"{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,8]}}"#,
      #"{"a":{"shape":[1],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      #"{"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}}"#,
      #"{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
      #"{"a":7}"#, "[]", "{", "", "null",
      String(repeating: "[", count: 100_000),
    ])
  func hostile(header: String) {
    let error = #expect(throws: InputError.self) {
      try SafeTensorsFile(tensors(header, dataSize: 8))
    }
    #expect(error?.description.hasPrefix(folder.path + "/t") == true)
  }

  @Test("a truncated file is refused at every length")
  func truncated() throws {
    let header = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let good = try Data(contentsOf: URL(fileURLWithPath: tensors(header, dataSize: 8)))
    _ = try SafeTensorsFile(folder.path + "/t")
    for length in 0..<good.count {
      #expect(throws: InputError.self) {
        try SafeTensorsFile(folder.write(good.prefix(length), to: "t"))
      }
    }
    let huge = Data([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
    #expect(throws: InputError.self) { try SafeTensorsFile(folder.write(huge, to: "t")) }
  }

  private func writtenModel() throws -> (ModelFolder, EncoderDecoder, Parameters) {
    var configuration = Configuration()
    configuration.model.layers = 2
    configuration.model.hiddenSize = 3
    configuration.model.embeddingSize = 2
    let vocabulary = Vocabulary(symbols: ["a", "b"])
    let network = EncoderDecoder(
      EncoderDecoderShape(configuration.model, VocabularySizes(source: 4, target: 4)))
    let parameters = Parameters(layout: network.layout)
    parameters.initializeUniformly(range: 1, seed: 1)
    let model = ModelFolder(path: folder.path + "/model")
    try write(model, configuration, vocabulary, parameters, network)
    return (model, network, parameters)
  }

  private func write(
    _ model: ModelFolder, _ configuration: Configuration, _ vocabulary: Vocabulary,
    _ parameters: Parameters, _ network: EncoderDecoder
  ) throws {
    let vocabularies = Vocabularies(source: vocabulary, target: vocabulary)
    let files = try model.writeDescription(configuration, vocabularies)
    let writer = try model.weightsWriter(
      network.shape, ModelIdentity(configuration, vocabularies))
    _ = try writer.create()
    try writer.write(parameters.layout.all, of: parameters)
    for file in files { try file.publish() }
    try writer.publish()
  }

  @Test("a model comes back with the same parameters, under PyTorch's names")
  func modelRoundTrip() throws {
    let (model, _, parameters) = try writtenModel()
    let read = try TrainedModel(folder: model.path)
    for slice in parameters.layout.all {
      let old = UnsafeBufferPointer(start: parameters.pointer(slice), count: slice.count)
      let new = UnsafeBufferPointer(start: read.parameters.pointer(slice), count: slice.count)
      #expect(old.elementsEqual(new))
    }
    let file = try SafeTensorsFile(model.weights)
    #expect(file.shape(of: "encoder.lstm.weight_ih_l1") == [12, 3])
    #expect(file.shape(of: "decoder.lstm.weight_ih_l0") == [12, 2])
    #expect(file.shape(of: "decoder.output.weight") == [4, 3])
    #expect(try file.values("decoder.lstm.bias_hh_l1") == [Float](repeating: 0, count: 12))
  }

  /// Takes away what the weights say of the files beside them, without moving a byte.
  private func forgetIdentity(of model: ModelFolder) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: model.weights))
    for key in ["configuration", "source_vocabulary", "target_vocabulary"] {
      let range = try #require(data.range(of: Data("\"\(key)\"".utf8)))
      data[range.lowerBound + 1] = UInt8(ascii: "_")
    }
    try data.write(to: URL(fileURLWithPath: model.weights))
  }

  @Test("a vocabulary that does not fit the weights is named with the tensor")
  func wrongVocabulary() throws {
    let (model, _, _) = try writtenModel()
    // As another program writes a model: without saying what belongs to it.
    try forgetIdentity(of: model)
    try AtomicFile.write(Vocabulary(symbols: ["a", "b", "c"]).text, to: model.targetVocabulary)
    let error = #expect(throws: InputError.self) { try TrainedModel(folder: model.path) }
    #expect(error?.description.contains("decoder.output.weight has shape [4, 3]") == true)
    #expect(error?.description.contains("make it [5, 3]") == true)
  }

  @Test(
    "files of two models are not read as one", arguments: ["source", "target", "reversal", "cell"])
  func mixture(part: String) throws {
    let (model, _, _) = try writtenModel()
    _ = try TrainedModel(folder: model.path)
    let changes = [
      "reversal": ("reverseSource: true", "reverseSource: false"),
      "cell": ("cell: lstm", "cell: gru"),
    ]
    if let (old, new) = changes[part] {
      let text = try String(contentsOfFile: model.configuration, encoding: .utf8)
      #expect(text.contains(old))
      folder.write(text.replacingOccurrences(of: old, with: new), to: "model/config.yaml")
    } else {
      folder.write(Vocabulary(symbols: ["b", "a"]).text, to: "model/\(part).vocab")
    }
    for read in [
      { _ = try TrainedModel(folder: model.path) }, { _ = try model.openWeights() },
    ] {
      let error = #expect(throws: InputError.self) { try read() }
      #expect(error?.description.contains("is a mixture of two models") == true)
    }
  }

  @Test("a key that says nothing of the numbers may change")
  func otherKeys() throws {
    let (model, _, _) = try writtenModel()
    let text = try String(contentsOfFile: model.configuration, encoding: .utf8)
    folder.write(
      text.replacingOccurrences(of: "learningRate: 0.7", with: "learningRate: 0.1"),
      to: "model/config.yaml")
    _ = try TrainedModel(folder: model.path)
  }

  @Test("a number that is not finite is refused, and its tensor named")
  func notFinite() throws {
    let (model, _, _) = try writtenModel()
    var data = try Data(contentsOf: URL(fileURLWithPath: model.weights))
    data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xC0, 0x7F])
    folder.write(data, to: "model/model.safetensors")
    let error = #expect(throws: InputError.self) { try TrainedModel(folder: model.path) }
    #expect(error?.description.contains("of tensor decoder.embedding.weight is nan") == true)
  }

  /// Sets every number of a tensor.
  private func fill(_ tensor: String, of model: ModelFolder, with value: Float) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: model.weights))
    let length = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any])
    let entry = try #require(header[tensor] as? [String: Any])
    let place = try #require(entry["data_offsets"] as? [Int])
    let number = withUnsafeBytes(of: value) { Data($0) }
    for start in stride(from: 8 + length + place[0], to: 8 + length + place[1], by: 4) {
      data.replaceSubrange(start..<start + 4, with: number)
    }
    try data.write(to: URL(fileURLWithPath: model.weights))
  }

  @Test("two biases whose sum is not finite are refused")
  func overflowingBiases() throws {
    let (model, _, _) = try writtenModel()
    for name in ["bias_ih_l0", "bias_hh_l0"] {
      try fill("encoder.lstm.\(name)", of: model, with: 3e38)
    }
    let error = #expect(throws: InputError.self) { try TrainedModel(folder: model.path) }
    #expect(error?.description.contains("encoder.lstm.bias_hh_l0 is not finite") == true)
  }

  @Test("weights that are finite and compute no number are an error, not an empty line")
  func overflowingWeights() throws {
    let (folder, _, _) = try writtenModel()
    try fill("decoder.output.weight", of: folder, with: 3e38)
    for name in ["weight_ih_l0", "weight_hh_l0", "weight_ih_l1", "weight_hh_l1"] {
      try fill("decoder.lstm.\(name)", of: folder, with: 3e38)
      try fill("encoder.lstm.\(name)", of: folder, with: 3e38)
    }
    let model = try TrainedModel(folder: folder.path)
    let score = #expect(throws: InputError.self) {
      try Scorer(Ensemble(model)).score([SentencePair(source: [2, 3], target: [2])])
    }
    #expect(score?.description.contains("computes no number") == true)
    #expect(throws: InputError.self) { try Translator(model, beamSize: 2).translate(["a b"]) }
  }

  @Test("removing a model behind a link removes the link")
  func removal() throws {
    let (model, _, _) = try writtenModel()
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "model")
    ModelFolder(path: link).remove()
    #expect(!folder.files.contains("link"))
    _ = try TrainedModel(folder: model.path)
    model.remove()
    #expect(folder.files == [])
  }

  @Test("sizes that a configuration makes up are refused before memory is taken")
  func largeSizes() throws {
    let (model, _, _) = try writtenModel()
    try forgetIdentity(of: model)
    let text = try String(contentsOfFile: model.configuration, encoding: .utf8)
    for size in [9000, 1_000_000] {
      folder.write(
        text.replacingOccurrences(of: "hiddenSize: 3", with: "hiddenSize: \(size)"),
        to: "model/config.yaml")
      let error = #expect(throws: InputError.self) { try TrainedModel(folder: model.path) }
      #expect(error?.description.contains("has shape") == true)
    }
  }

  @Test("missing and superfluous tensors are named")
  func wrongTensors() throws {
    let (model, _, parameters) = try writtenModel()
    var configuration = try Configuration(contentsOf: model.configuration)
    configuration.model.layers = 1
    let smaller = EncoderDecoder(
      EncoderDecoderShape(configuration.model, VocabularySizes(source: 4, target: 4)))
    let superfluous = #expect(throws: InputError.self) {
      try model.checkShapes(SafeTensorsFile(model.weights), of: smaller.shape)
    }
    #expect(superfluous?.description.contains("has no tensor decoder.lstm.bias_hh_l1") == true)
    configuration.model.layers = 3
    let larger = EncoderDecoder(
      EncoderDecoderShape(configuration.model, VocabularySizes(source: 4, target: 4)))
    let missing = #expect(throws: InputError.self) {
      try model.checkShapes(SafeTensorsFile(model.weights), of: larger.shape)
    }
    #expect(missing?.description.contains("has no tensor encoder.lstm.weight_ih_l2") == true)
    withExtendedLifetime(parameters) {}
  }

  @Test("a file that is not committed leaves nothing, and the old one as it was")
  func atomicity() throws {
    folder.write("old", to: "f")
    do {
      let file = try AtomicFile(folder.path + "/f")
      try file.write(String(repeating: "new", count: 1_000_000))
    }
    #expect(folder.read("f") == "old")
    #expect(folder.files == ["f"])
    try AtomicFile.write("new", to: folder.path + "/f")
    #expect(folder.read("f") == "new")
    let error = #expect(throws: InputError.self) {
      try AtomicFile.write("x", to: folder.path + "/no/f")
    }
    #expect(error?.kind == .stopped)
  }
}
