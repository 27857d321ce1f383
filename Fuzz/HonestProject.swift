import Foundation

@testable import Seq2Seq

/// The formats of files that the launcher reads.
enum FuzzFormat: String, CaseIterable {
  case weights, vocabulary, pairs, prepared, configuration, hostfile, text, dictionary, vectors
}

/// Honest files of every format, of which one at a time is replaced by an input.
struct HonestProject {
  private let folder: String
  private let configuration: Configuration
  private let vocabularies: VocabularySizes

  init() {
    do {
      let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
      folder = "\(parent)/fuzz-\(getpid())"
      try makeFolder(folder)
      var configuration = Configuration()
      configuration.model.layers = 1
      configuration.model.hiddenSize = 1
      configuration.model.embeddingSize = 1
      configuration.data.source = folder + "/source"
      configuration.data.target = folder + "/target"
      configuration.data.prepared = folder
      self.configuration = configuration
      try AtomicFile.write("a b c\nb\nc c\na a\n", to: folder + "/source")
      try AtomicFile.write("x\ny z\nx x x\nz\n", to: folder + "/target")
      try PreparedCorpus.prepare(configuration)
      try AtomicFile.write(
        configuration.yaml(relativeTo: folder), to: ModelFolder(path: folder).configuration)
      let corpus = try PreparedCorpus(configuration: configuration)
      vocabularies = corpus.vocabularies.sizes
      let writer = try ModelFolder(path: folder).weightsWriter(
        configuration.model.shape(vocabularies),
        ModelIdentity(configuration, corpus.vocabularies))
      _ = try writer.create()
      try writer.publish()
      let vectors = try VectorFileWriter(folder + "/vectors.npy", size: 2)
      try vectors.append([1, 2, 3, 4, 5, 7])
      try vectors.finish()
    } catch {
      fatalError("\(error)")
    }
  }

  /// Where the files of a format stand.
  func path(of format: FuzzFormat) -> String {
    switch format {
    case .weights: folder + "/model.safetensors"
    case .vocabulary: folder + "/target.vocab"
    case .pairs: folder + "/train.pairs"
    case .prepared: folder + "/prepared.json"
    case .configuration: folder + "/config.yaml"
    case .hostfile: folder + "/hosts"
    case .text: folder + "/text"
    case .dictionary: folder + "/dictionary"
    case .vectors: folder + "/vectors.npy"
    }
  }

  /// Honest files of a format.
  func seeds(of format: FuzzFormat) throws -> [Data] {
    switch format {
    case .hostfile:
      return [Data("# two\nnode1 slots=4\n[::1] slots=2 max_slots=2\nlocalhost\n".utf8)]
    case .text:
      let plain = Data(
        "The cat.\n\nL'eau d'\u{E9}t\u{E9} (vite)!\r\n\u{1F468}\u{200D} a@@ b\n".utf8)
      return [plain, compressed(plain)]
    case .dictionary: return [Data("house Haus\nt\u{E9}l\u{E9}\t \tFernseher \r\n".utf8)]
    default: return [try Data(contentsOf: URL(fileURLWithPath: path(of: format)))]
    }
  }

  /// Reads what stands in the place of a format's file, as the commands do.
  func read(_ format: FuzzFormat) throws {
    switch format {
    case .weights: _ = try TrainedModel(folder: folder)
    case .vocabulary:
      let vocabulary = try Vocabulary(contentsOf: path(of: format))
      _ = vocabulary.ids(of: ["a", "e\u{301}"])
      try AtomicFile.write(vocabulary.text, to: folder + "/again")
      let again = try Vocabulary(contentsOf: folder + "/again")
      precondition(again == vocabulary, "a vocabulary is read as it was written")
    case .pairs, .prepared:
      let pairs = try PairFile(folder + "/train.pairs")
      try pairs.checkSymbols(
        sourceCount: vocabularies.source, targetCount: vocabularies.target)
      for index in 0..<pairs.count { _ = pairs[index] }
      _ = BatchSampler(corpus: pairs, order: .bucketed, batchSize: 2, seed: 1).epoch(0)
      _ = try PreparedCorpus.upToDateReport(for: configuration)?.warnings(configuration.data)
      _ = try PreparedCorpus(configuration: configuration)
    case .configuration:
      let read = try Configuration(contentsOf: path(of: format))
      let yaml = try read.yaml(relativeTo: folder)
      try AtomicFile.write(yaml, to: folder + "/again")
      let again = try Configuration(contentsOf: folder + "/again").yaml(relativeTo: folder)
      precondition(again == yaml, "a configuration is read as it was written")
    case .hostfile: _ = try Hostfile(path(of: format)).slots
    case .text: try readText()
    case .dictionary:
      let words = try WordDictionary(contentsOf: path(of: format))
      precondition(!words.translation(of: "house").isEmpty)
    case .vectors:
      let file = try VectorFile(path(of: format))
      _ = try file.principalComponents()
      try file.forEachNearest(1) { _ in }
    }
  }

  private func readText() throws {
    var lines = try TextFile(path(of: .text)).lines
    while let line = try lines.next() {
      for kind in TokenizerKind.allCases {
        let symbols = kind.tokenizer.symbols(of: line)
        precondition(!symbols.contains { $0.isEmpty || $0.utf8.contains(0x0A) })
        _ = kind.tokenizer.line(of: symbols)
      }
      for kind in MetricKind.allCases {
        _ = kind.metric(tokenizer: .international).counts(of: line, references: [line])
      }
      for subwords in Subwords.allCases { _ = subwords.words(of: line) }
    }
  }

  /// A text as gzip stores one that it cannot make smaller.
  private func compressed(_ plain: Data) -> Data {
    let length = UInt16(plain.count)
    var crc = UInt32.max
    for byte in plain {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1]
    for number in [length, ~length] { bytes += [UInt8(number & 0xFF), UInt8(number >> 8)] }
    bytes += plain
    for number in [~crc, UInt32(length)] {
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    return Data(bytes)
  }
}
