import Distributed
import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Configurations")
struct ConfigurationTests {
  private let folder = TemporaryFolder()

  private func read(_ yaml: String, _ settings: [String] = []) throws -> Configuration {
    try Configuration(contentsOf: folder.write(yaml, to: "config.yaml"), settings: settings)
  }

  @Test("the defaults are the paper's recipe")
  func defaults() throws {
    let configuration = try read("")
    #expect(configuration == Configuration())
    #expect(configuration.model.layers == 4)
    #expect(configuration.model.initRange == 0.08)
    #expect(configuration.data.reverseSource)
    #expect(configuration.training.initialLearningRate == 0.7)
    #expect(configuration.training.firstHalvingEpoch == 5)
    #expect(configuration.training.batchSize == 128)
  }

  @Test("keys are read, and paths are relative to the file")
  func reading() throws {
    let configuration = try read(
      """
      model: {layers: 2, type: seq2seq}
      data:
        source: text/a.en
        target: /abs/a.fr
        reverseSource: false
        order: random
      training:
        optimizer: adam
        steps: 10
      parallel:
        data: auto
        softmax: sharded
      """)
    #expect(configuration.model.layers == 2)
    #expect(configuration.data.source == folder.path + "/text/a.en")
    #expect(configuration.data.target == "/abs/a.fr")
    #expect(!configuration.data.reverseSource)
    #expect(configuration.data.order == .random)
    #expect(configuration.training.initialLearningRate == 0.001)
    #expect(configuration.training.firstHalvingEpoch == .infinity)
    #expect(configuration.training.steps == 10)
    #expect(configuration.parallel.softmax == .sharded)
  }

  @Test("the softmax over all ranks has an older name, which is still read")
  func olderName() throws {
    let configuration = try read("parallel: {softmax: shared}")
    #expect(configuration.parallel.softmax == .sharded)
    #expect(try configuration.yaml(relativeTo: folder.path).contains("softmax: sharded"))
  }

  @Test("settings of the command line come last")
  func settings() throws {
    let configuration = try read(
      "training: {batchSize: 3}", ["training.batchSize=64", "data.source=b", "parallel.softmax=4"])
    #expect(configuration.training.batchSize == 64)
    #expect(configuration.data.source == folder.path + "/b")
    #expect(configuration.parallel.softmax == .dedicated(4))
  }

  @Test(
    "combinations that make no sense are refused in one sentence",
    arguments: [
      ("model: {type: language-model}\ndata: {source: a}", "data.source is about a source"),
      ("model: {type: language-model, attention: dot}", "model.attention is about a source"),
      ("model: {type: language-model, peeky: true}", "model.peeky is about a source"),
      ("model: {type: language-model, selfAttention: 3}", "model.selfAttention is about a source"),
      ("model: {type: language-model, handOver: hidden}", "model.handOver is about a source"),
      ("model: {cell: gru, forgetBias: 1}", "gru has no forget gate"),
      ("model: {tiedEmbeddings: true, hiddenSize: 8, embeddingSize: 4}", "embeddingSize 8"),
      (
        "model: {tiedEmbeddings: true, attention: dot, hiddenSize: 8, embeddingSize: 8}",
        "embeddingSize 16"
      ),
      ("model: {peeky: true}\nparallel: {layers: 2}", "use parallel.layers: 1"),
      ("model: {tiedEmbeddings: true}\nparallel: {softmax: 2}", "parallel.softmax: 0"),
      ("model: {tiedEmbeddings: true}\nparallel: {softmax: sharded}", "parallel.softmax: 0"),
    ])
  func combinations(yaml: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try read(yaml) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.kind == .data)
  }

  @Test("what is written reads as the same, from wherever it stands")
  func roundTrip() throws {
    var configuration = try read(
      "data: {source: a.en, tokenizer: characters}\ntraining: {output: 'r: x', learningRate: 0.1}")
    configuration.training.steps = 5
    try FileManager.default.createDirectory(
      atPath: folder.path + "/out", withIntermediateDirectories: true)
    let yaml = try configuration.yaml(relativeTo: folder.path + "/out")
    #expect(yaml.contains("source: ../a.en"))
    var read = try Configuration(contentsOf: folder.write(yaml, to: "out/config.yaml"))
    read.training.halveAfterEpoch = configuration.training.halveAfterEpoch
    read.training.lossPer = configuration.training.lossPer
    #expect(read == configuration)
  }

  @Test("paths from one folder to another file")
  func relativePaths() {
    #expect(relativePath(of: "/a/b/c", from: "/a/b") == "c")
    #expect(relativePath(of: "/a/x/c", from: "/a/b/d") == "../../x/c")
    #expect(relativePath(of: "/a/b", from: "/a/b") == ".")
    #expect(relativePath(of: "/x/y", from: "/a/b") == "/x/y")
  }

  @Test(
    "mistakes are named with file, line and what is allowed",
    arguments: [
      (
        "model:\n  layer: 2",
        "config.yaml:2: unknown key 'model.layer'; the nearest known one is 'model.layers'"
      ),
      ("modle: {}", "config.yaml:1: unknown key 'modle'; the nearest known one is 'model'"),
      ("model:\n  layers: two", "config.yaml:2: model.layers cannot be 'two'"),
      (
        "model:\n\n  layers: 0",
        "config.yaml:3: model.layers cannot be '0'; it must be a whole number from 1"
      ),
      ("data: {order: sorted}", "it must be bucketed, random, sequential"),
      ("data: {subwords: spm}", "it must be none, bpe, sentencepiece, joiner"),
      ("data: {reverseSource: 1}", "it must be true or false"),
      ("training: {learningRate: nan}", "cannot be 'nan'"),
      ("training: {learningRate: -1}", "cannot be '-1'"),
      ("parallel: {softmax: -1}", "0, a number of ranks, or sharded"),
      ("parallel: {data: 0}", "auto or a number"),
      ("model: 3", "model must hold keys"),
      ("- a", "a configuration has sections"),
      ("model:\n  layers: [1]", "must have one value"),
      ("model: {layers: 1", "is not YAML"),
      ("model:\n  layers: 1\n  layers: 2", "config.yaml"),
      (
        "training: {validateExact: true}",
        "training.validateExact translates the validation text, and there is none"
      ),
    ])
  func mistakes(yaml: String, message: String) {
    let error = #expect(throws: InputError.self) { try read(yaml) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.kind == .data)
  }

  @Test(
    "values are what YAML says they are: not set, true, numbers",
    arguments: [
      "data: {prepared: null, reverseSource: True}\ntraining: {steps: ~, batchSize: 1_024}",
      "data:\n  prepared:\n  reverseSource: yes\ntraining:\n  steps: Null\n  batchSize: 0x400",
      "\u{FEFF}data:\r\n  prepared: ~\r\n  reverseSource: TRUE\r\ntraining: {batchSize: 1024}\r\n",
    ])
  func meanings(yaml: String) throws {
    let settings = ["data.prepared=x", "training.steps=9", "training.steps=null", "data.prepared="]
    for configuration in [try read(yaml), try read(yaml, settings)] {
      #expect(configuration.data.prepared == nil)
      #expect(configuration.data.reverseSource)
      #expect(configuration.training.steps == nil)
      #expect(configuration.training.batchSize == 1024)
    }
  }

  @Test("a text in quotes is a text, and is written so that it stays one")
  func quotedValues() throws {
    let configuration = try read("data: {prepared: 'null', source: \"~\", target: none}")
    #expect(configuration.data.prepared == folder.path + "/null")
    #expect(configuration.data.source == folder.path + "/~")
    #expect(configuration.data.target == folder.path + "/none")
    let yaml = try configuration.yaml(relativeTo: folder.path)
    let again = try Configuration(contentsOf: folder.write(yaml, to: "again.yaml"))
    #expect(again.data == configuration.data)
    #expect(yaml.contains("layers: 4\n"))
  }

  @Test(
    "what would take a parser long, or deep, is refused before it is parsed",
    arguments: [
      // An alias bomb in a key: the library's time doubles with every level.
      (0..<9).map { "a\($0): &a\($0) [*a\(max(0, $0 - 1)),*a\(max(0, $0 - 1))]\n" }.joined()
        + "? *a8\n: 1\n",
      "x: foo\n  'bar\n" + (0..<9).map { "a\($0): [*b]\n" }.joined(),
      String(repeating: "[", count: 20_000), String(repeating: "- ", count: 20_000) + "x",
      String(repeating: "? ", count: 20_000), "a: " + String(repeating: "{b: ", count: 1000),
      String(repeating: " ", count: 100) + "a: 1", String(repeating: "x", count: 70_000),
    ])
  func bounds(yaml: String) {
    let error = #expect(throws: InputError.self) { try read(yaml) }
    #expect(error?.description.contains("config.yaml") == true)
    #expect((error?.description.unicodeScalars.count ?? 0) <= 240)
  }

  @Test(
    "an alias counts wherever a parser may see one",
    arguments: [
      // Behind what looks like a comment and is none: another end of a line, a key, a quoted text.
      "#\r", "#\u{85}", "#\u{2028}", "-#: ", "? [\"\n# \",", "\u{FEFF}",
    ])
  func hiddenAliases(before: String) {
    let levels = (0..<9).map { level in
      let alias = level == 0 ? "x" : "*a\(level - 1)"
      return "&a\(level) ["
        + Array(repeating: "\n\u{FEFF}" + alias, count: 9).joined(separator: ",")
    }
    let text = before + levels.joined(separator: "],\n\(before)") + "]"
    let error = #expect(throws: InputError.self) { try read(text) }
    #expect(error?.description.contains("at most 8 aliases") == true)
  }

  @Test("a line is as deep as it begins, whatever ended the one before")
  func hiddenDepth() {
    for end in ["\r", "\u{85}", "\u{2028}", "\u{2029}", "\n\u{FEFF}"] {
      let error = #expect(throws: InputError.self) {
        try read("#\(end)" + String(repeating: "- ", count: 40))
      }
      #expect(error?.description.contains("begins so far to the right") == true)
    }
  }

  @Test("a few aliases, marked words and stars in comments are no bomb")
  func harmless() throws {
    let configuration = try read(
      """
      # use *this* or *that*, *these* or *those*; *a* *b* *c* *d* *e*
      data: {sourceVocabularySize: &size 30000, targetVocabularySize: *size}
      training: {output: 'a*b [c] {d}'}
      """)
    #expect(configuration.data.targetVocabularySize == 30000)
    #expect(configuration.training.output == folder.path + "/a*b [c] {d}")
  }

  @Test("the learning rate is a number, its halving may never come")
  func never() throws {
    #expect(throws: InputError.self) { try read("training: {learningRate: never}") }
    let configuration = try read("training: {halveAfterEpoch: never}")
    #expect(configuration.training.firstHalvingEpoch == .infinity)
  }

  @Test("a wrong setting is a mistake of the command line")
  func wrongSettings() {
    for setting in ["training.batchSize", "training.batchsize=3", "model.layers=x"] {
      let error = #expect(throws: InputError.self) { try read("", [setting]) }
      #expect(error?.kind == .usage)
      #expect(error?.description.contains("--set \(setting)") == true)
    }
  }

  @Test("every key of the table can be written and read")
  func keys() throws {
    var configuration = Configuration()
    for key in ConfigurationKey.all {
      guard let text = key.text(configuration) else { continue }
      #expect(key.set(&configuration, text) == nil, "\(key.name)")
      #expect(key.text(configuration) == text)
    }
  }
}
