import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

/// Files as somebody might have damaged or made them: whatever is in them, reading ends with what was
/// there or with an `InputError`, in one sentence. A trap ends the tests.
///
/// The same seeds every time; `Scripts/fuzz.sh` looks for what they do not find.
@Suite("Damaged files")
struct DamagedFileTests {
  private let folder = TemporaryFolder()

  /// Reads `count` mutants of a file.
  private func check(
    _ name: String, _ original: Data, count: Int, words: [String] = [],
    _ read: (String) throws -> Void
  ) {
    var generator = SeededGenerator(seed: 1, stream: "mutants of \(name)")
    var refused = 0
    for _ in 0..<count {
      var bytes = [UInt8](original)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        Mutation.apply(to: &bytes, words: words, using: &generator)
      }
      do {
        try read(folder.write(Data(bytes), to: name))
      } catch let error as InputError {
        refused += 1
        #expect(error.description.unicodeScalars.count <= 240)
        #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
      } catch {
        Issue.record("\(name): \(error)")
      }
    }
    // Mutants that are all read, or all refused, test nothing.
    #expect(refused > count / 20, "\(name): \(refused) refused")
  }

  @Test("weights")
  func weights() throws {
    let fixture = try TorchFixture("layers1")
    let data = try Data(contentsOf: URL(fileURLWithPath: fixture.folder + "/model.safetensors"))
    for name in ["config.yaml", "source.vocab", "target.vocab"] {
      folder.write(
        try Data(contentsOf: URL(fileURLWithPath: fixture.folder + "/" + name)), to: name)
    }
    check(
      "model.safetensors", data, count: 1500,
      words: ["shape", "data_offsets", "\"F16\"", "[-1]", "9223372036854775807", "{", "}", "1e99"]
    ) { _ in
      _ = try TrainedModel(folder: folder.path)
    }
  }

  @Test("vectors")
  func vectors() throws {
    let writer = try VectorFileWriter(folder.path + "/v.npy", size: 3)
    try writer.append([1, 2, 3, 4, 5, 6, 7, 8, 10])
    try writer.finish()
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/v.npy"))
    check(
      "v.npy", data, count: 1500,
      words: ["'shape'", "(", ")", ",", "9223372036854775807", "'<f8'", "True", "-1", "}", "{"]
    ) {
      let file = try VectorFile($0)
      _ = try file.principalComponents()
      try file.forEachNearest(1) { _ in }
    }
  }

  @Test("vocabularies")
  func vocabularies() {
    let text = "<eos>\n<unk>\na\nbb\n\u{E9}\ne\u{301}\n \nz\u{200D}\n"
    check(
      "vocabulary", Data(text.utf8), count: 1500, words: ["<eos>", "\n\n", "\r", "\u{FEFF}", "a\n"]
    ) {
      let vocabulary = try Vocabulary(contentsOf: $0)
      _ = vocabulary.ids(of: ["a", "e\u{301}"])
      #expect(try Vocabulary(contentsOf: folder.write(vocabulary.text, to: "again")) == vocabulary)
    }
  }

  @Test("prepared corpora")
  func preparedCorpora() throws {
    var configuration = Configuration()
    configuration.data.source = folder.write("a b c\nb\nc c\na a\n", to: "s")
    configuration.data.target = folder.write("x\ny z\nx x x\nz\n", to: "t")
    configuration.data.prepared = folder.path + "/prepared"
    try PreparedCorpus.prepare(configuration)
    for name in ["train.pairs", "prepared.json", "source.vocab"] {
      let path = folder.path + "/prepared/" + name
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      check(
        "prepared/" + name, original, count: 700,
        words: ["9223372036854775807", "-1", "pairs", "1e99"]
      ) { _ in
        let corpus = try PreparedCorpus(configuration: configuration)
        _ = (0..<corpus.training.count).map { corpus.training[$0] }
        _ = BatchSampler(corpus: corpus.training, order: .bucketed, batchSize: 2, seed: 1).epoch(0)
        _ = try PreparedCorpus.upToDateReport(for: configuration)?.warnings(configuration.data)
      }
      folder.write(original, to: "prepared/" + name)
    }
  }

  @Test("configurations")
  func configurations() throws {
    var configuration = Configuration()
    configuration.data.source = "/a/b"
    configuration.training.output = "/a/null"
    configuration.training.steps = 7
    let yaml = try configuration.yaml(relativeTo: folder.path)
    check(
      "config.yaml", Data(yaml.utf8), count: 3000,
      words: [
        "*a ", "&a ", "[", "{", "- ", "? ", "null", "~", "1e99", "9223372036854775808", "-1",
        "\"\\x1b\"", "!!int ", "|\n", "\u{FEFF}", "\r", "'", "\"", "#", "%YAML 9.9\n", "---\n",
        "True", "0x", "_", "nan", ".inf",
      ]
    ) {
      let read = try Configuration(contentsOf: $0)
      let written = folder.write(try read.yaml(relativeTo: folder.path), to: "written.yaml")
      #expect(try Configuration(contentsOf: written).model == read.model)
    }
  }

  @Test("n-best lists")
  func nBestLists() {
    let text = "0 ||| a b ||| d= 1 ||| -1.5 ||| 0-0\n0 ||| b ||| ||| -2\n1 |||  ||| x ||| 3\n"
    check(
      "nbest", Data(text.utf8), count: 1500,
      words: ["|||", " ||| ", "&#124;&#124;&#124;", "nan", "-1", "1e999", "9223372036854775808"]
    ) {
      var reader = try NBestReader($0)
      while let list = try reader.next() {
        for entry in list.entries {
          #expect(entry.id == list.id && entry.total.isFinite)
          #expect(try NBestEntry(entry.line, at: "again") == entry)
        }
      }
    }
  }

  @Test("texts")
  func texts() {
    let text =
      "The cat sat.\n\nL'eau d'\u{E9}t\u{E9} (vite)!\r\n\u{1F468}\u{200D}\u{1F469} \u{661}\n"
    let tokenizers = TokenizerKind.allCases.map(\.tokenizer)
    check(
      "text", Data(text.utf8), count: 3000,
      words: ["\r", "\u{301}", "\u{FEFF}", "\u{FFED}", "@@ ", "\u{2581}", "\u{0}", "&quot;"]
    ) {
      var lines = try TextFile($0).lines
      while let line = try lines.next() {
        #expect(!line.utf8.contains(0x0D))
        for tokenizer in tokenizers {
          let symbols = tokenizer.symbols(of: line)
          // What cannot stand in a vocabulary file never becomes a symbol.
          #expect(!symbols.contains { $0.isEmpty || $0.utf8.contains(0x0A) })
          _ = tokenizer.line(of: symbols)
        }
        for kind in MetricKind.allCases {
          let metric = kind.metric(tokenizer: .international)
          let counts = metric.counts(of: line, references: [line, ""])
          #expect(counts.count == metric.width && (0...100.001).contains(metric.score(counts)))
        }
        for subwords in Subwords.allCases { _ = subwords.words(of: line) }
      }
    }
  }
}

/// The ways in which bytes are changed.
private enum Mutation {
  static func apply(
    to bytes: inout [UInt8], words: [String], using generator: inout SeededGenerator
  ) {
    func place() -> Int { Int.random(in: 0...bytes.count, using: &generator) }
    let start = place()
    let end = min(bytes.count, start + Int.random(in: 1...16, using: &generator))
    switch Int.random(in: 0..<8, using: &generator) {
    case 0 where start < bytes.count:
      bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1 where start < bytes.count: bytes[start] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes.removeSubrange(start..<end)
    case 3: bytes.insert(contentsOf: bytes[start..<end], at: place())
    case 4: bytes.removeLast(min(bytes.count, bytes.count - start))
    case 5 where end - start >= 8:
      // A number where numbers are: small, large, negative.
      let number = [0, 1, 1 << 31, 1 << 40, .max, .min, -1].randomElement(using: &generator) ?? 0
      withUnsafeBytes(of: Int(number)) { bytes.replaceSubrange(start..<start + 8, with: $0) }
    case 6: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: start)
    default:
      guard let word = words.randomElement(using: &generator) else { return }
      bytes.replaceSubrange(start..<(Bool.random(using: &generator) ? start : end), with: word.utf8)
    }
  }
}
