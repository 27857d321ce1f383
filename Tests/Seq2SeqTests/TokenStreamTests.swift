import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Texts as streams")
struct TokenStreamTests {
  private let folder = TemporaryFolder()

  private func configuration(_ text: String) -> Configuration {
    var configuration = Configuration()
    configuration.model.type = .languageModel
    configuration.data.target = folder.write(text, to: "t")
    configuration.data.prepared = folder.path + "/prepared"
    configuration.training.batchSize = 2
    configuration.training.blockLength = 2
    return configuration
  }

  private func blocks(_ configuration: Configuration) throws -> [StreamBlock] {
    let corpus = try PreparedCorpus(configuration: configuration)
    let batches = try corpus.trainingBatches(configuration)
    return (0..<batches.batchesPerEpoch).compactMap {
      if case .block(let block) = batches.batch(ofStep: $0) { block } else { nil }
    }
  }

  @Test("streams are consecutive pieces, read block by block, each symbol after the one before")
  func streams() throws {
    // a b $ $ c c c $ a $: ten symbols, and one more that no two streams share.
    var configuration = configuration("a b\n\nc c c\na\nb\n")
    let report = try PreparedCorpus.prepare(configuration)
    #expect(report.training.pairs == 5 && report.training.target.words == 7)
    #expect(report.training.streamSymbols == 12)
    // c is the most frequent word, then a and b.
    #expect(folder.read("prepared/target.vocab") == "<eos>\n<unk>\nc\na\nb\n")
    #expect(!folder.files.contains("prepared/source.vocab"))
    configuration.training.blockLength = 4
    let expected = [
      StreamBlock(
        inputs: [[0, 3, 4, 0], [2, 2, 0, 3]], targets: [[3, 4, 0, 0], [2, 0, 3, 0]],
        continues: false),
      StreamBlock(inputs: [[0, 2], [0, 4]], targets: [[2, 2], [4, 0]], continues: true),
    ]
    #expect(try blocks(configuration) == expected)
    // Five streams of two: the last two symbols are dropped.
    configuration.training.batchSize = 5
    configuration.training.blockLength = 1
    let corpus = try PreparedCorpus(configuration: configuration)
    let batches = try corpus.trainingBatches(configuration)
    #expect(batches.batchesPerEpoch == 2 && batches.bounds.largest.symbols == 5)
    guard case .streams(let plan) = batches.summary else { return #expect(Bool(false)) }
    #expect(plan.dropped == 2 && plan.length == 2 && plan.streams == 5)
    // The second epoch is the first one again, and starts from zero.
    guard case .block(let first) = batches.batch(ofStep: 2) else { return #expect(Bool(false)) }
    #expect(first.targets == [[3], [0], [2], [2], [3]] && !first.continues)
  }

  @Test("every cut of a text puts it together again", arguments: [1, 2, 3, 7, 50])
  func completeness(streams: Int) throws {
    let words = "a b c\n\n\nd\ne f g h i j k l\n"
    var configuration = configuration(String(repeating: words, count: 9))
    try PreparedCorpus.prepare(configuration)
    configuration.training.batchSize = streams
    for length in [1, 2, 3] {
      configuration.training.blockLength = length
      let blocks = try blocks(configuration)
      func joined(_ symbols: (StreamBlock) -> [[Int32]]) -> [Int32] {
        var text: [Int32] = []
        for stream in 0..<streams {
          for block in blocks { text += symbols(block)[stream] }
        }
        return text
      }
      let text = joined(\.targets)
      let file = try PreparedCorpus(configuration: configuration).training
      let whole = (0..<file.count).flatMap { line -> [Int32] in file[line].target + [0] }
      #expect(text == Array(whole.prefix(whole.count / streams * streams)))
      let inputs = joined(\.inputs)
      #expect(inputs == [0] + text.dropLast())
    }
  }

  @Test("streams stay with their replica, whole and in order")
  func shares() {
    let block = StreamBlock(
      inputs: (0..<5).map { [Int32($0), 2] }, targets: (0..<5).map { [2, Int32($0)] },
      continues: true)
    for replicas in [1, 2, 3, 8] {
      let minibatch = Minibatch(.block(block), replicas: replicas)
      let locals = (0..<replicas).map { minibatch.local(toReplica: $0) }
      #expect(locals.flatMap(\.targetNumbers) == Array(0..<5))
      for local in locals {
        #expect(local.continues)
        #expect(local.source.packing.rowCount == 0)
        let count = local.sentenceCount
        #expect(local.targetInput.symbols.prefix(count).map(Int.init) == local.targetNumbers)
        #expect(local.targetOutput.suffix(count).map(Int.init) == local.targetNumbers)
      }
    }
  }

  @Test(
    "a text that is too short is refused, with numbers",
    arguments: [
      ("", 2, 2, "/t is empty"), ("\n\n", 2, 1, "/t has no words: all its 2 lines are empty"),
      ("a b c\n", 2, 3, "has 4 symbols, so that each of training.batchSize 2 streams has 2, less"),
      ("a b c\n", 9, 1, "each of training.batchSize 9 streams has 0, less"),
    ])
  func tooShort(text: String, streams: Int, length: Int, message: String) throws {
    var configuration = configuration(text)
    configuration.training.batchSize = streams
    configuration.training.blockLength = length
    let error = #expect(throws: InputError.self) { try PreparedCorpus.prepare(configuration) }
    #expect(error?.kind == .data)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    // What was prepared for shorter blocks is not trained on with longer ones.
    folder.write("a b c\n", to: "t")
    configuration.training.batchSize = 1
    configuration.training.blockLength = 4
    try PreparedCorpus.prepare(configuration)
    configuration.training.blockLength = 5
    let corpus = try PreparedCorpus(configuration: configuration)
    #expect(throws: InputError.self) { try corpus.trainingBatches(configuration) }
  }

  @Test("a short validation text has fewer streams, and shorter blocks")
  func shortValidation() throws {
    var configuration = configuration(String(repeating: "a b\n", count: 50))
    configuration.data.validationTarget = folder.write("a b\n", to: "v")
    configuration.training.batchSize = 8
    configuration.training.blockLength = 5
    try PreparedCorpus.prepare(configuration)
    let corpus = try PreparedCorpus(configuration: configuration)
    let batches = try #require(corpus.validationBatches(configuration))
    #expect(batches.batchesPerEpoch == 1)
    guard case .block(let block) = batches.batch(ofStep: 0) else { return #expect(Bool(false)) }
    #expect(block.targets == [[2], [3], [0]] && block.inputs == [[0], [2], [3]])
    configuration.data.validationTarget = folder.write("\n", to: "v")
    #expect(throws: InputError.self) { try PreparedCorpus.prepare(configuration) }
  }

  @Test("a preparation for another type of model is none, and leaves no vocabulary behind")
  func otherType() throws {
    var configuration = configuration("a b\nc\nd e f\n")
    configuration.data.source = configuration.data.target
    configuration.model.type = .seq2seq
    try PreparedCorpus.prepare(configuration)
    #expect(folder.files.contains("prepared/source.vocab"))
    configuration.data.source = nil
    configuration.model.type = .languageModel
    #expect(try PreparedCorpus.upToDateReport(for: configuration) == nil)
    let report = try PreparedCorpus.prepare(configuration)
    #expect(!folder.files.contains("prepared/source.vocab"))
    #expect(try PreparedCorpus.upToDateReport(for: configuration) == report)
    #expect(report.warnings(configuration.data) == [])
  }
}
