import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Prepared corpora")
struct CorpusTests {
  private let folder = TemporaryFolder()

  private func file(_ pairs: [SentencePair]) throws -> PairFile {
    let writer = try PairFileWriter(folder.path + "/p")
    for pair in pairs { try writer.append(pair) }
    try writer.complete()
    try writer.file.publish()
    return try PairFile(folder.path + "/p")
  }

  private func lengths(_ lengths: [(Int, Int)]) throws -> PairFile {
    try file(
      lengths.map {
        SentencePair(
          source: [Int32](repeating: 2, count: $0), target: [Int32](repeating: 2, count: $1))
      })
  }

  @Test("pairs come back as they were written")
  func roundTrip() throws {
    let pairs = [
      SentencePair(source: [2, 3, 4], target: [5]), SentencePair(source: [], target: [1]),
      SentencePair(source: [7], target: []),
    ]
    let file = try file(pairs)
    #expect((0..<file.count).map { file[$0] } == pairs)
    #expect(file.sourceLength(0) == 3)
    #expect(file.targetLength(2) == 0)
    #expect(file.sourceSymbolCount == 4)
    #expect(file.targetSymbolCount == 2)
  }

  @Test("a damaged file is refused, whichever byte is wrong or missing")
  func damage() throws {
    _ = try file([
      SentencePair(source: [2, 3, 4], target: [5]), SentencePair(source: [6], target: [1]),
    ])
    let good = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/p"))
    for length in stride(from: 0, to: good.count, by: 3) {
      #expect(throws: InputError.self) {
        try PairFile(folder.write(good.prefix(length), to: "bad"))
      }
    }
    for byte in good.indices {
      var bad = good
      bad[byte] ^= 0xFF
      // Where a symbol was changed the file may still be one; its symbols are checked too.
      guard let file = try? PairFile(folder.write(bad, to: "bad")) else { continue }
      #expect(throws: InputError.self) {
        try file.checkSymbols(sourceCount: 7, targetCount: 7)
      }
    }
  }

  @Test("every order takes every sentence once an epoch")
  func completeness() throws {
    let corpus = try lengths((0..<101).map { ($0 % 7, $0 % 5) })
    for order in BatchOrder.allCases {
      let sampler = BatchSampler(corpus: corpus, order: order, batchSize: 8, seed: 1)
      let epoch = sampler.epoch(3)
      #expect(epoch.count == 13)
      #expect(epoch.count == sampler.batchesPerEpoch)
      #expect((0..<epoch.count).flatMap { epoch[$0] }.sorted() == Array(0..<101))
    }
  }

  @Test("an epoch follows from seed and number, and epochs differ")
  func determinism() throws {
    let corpus = try lengths((0..<60).map { ($0 % 7, $0 % 5) })
    func order(_ seed: Int, _ epoch: Int) -> [Int32] {
      let epoch = BatchSampler(corpus: corpus, order: .bucketed, batchSize: 8, seed: seed)
        .epoch(epoch)
      return (0..<epoch.count).flatMap { epoch[$0] }
    }
    #expect(order(1, 0) == order(1, 0))
    #expect(order(1, 0) != order(1, 1))
    #expect(order(1, 0) != order(2, 0))
  }

  @Test("sequential order is that of the file")
  func sequential() throws {
    let corpus = try lengths((0..<10).map { ($0, 1) })
    let epoch = BatchSampler(corpus: corpus, order: .sequential, batchSize: 4, seed: 1).epoch(5)
    #expect(Array(epoch[1]) == [4, 5, 6, 7])
    #expect(Array(epoch[2]) == [8, 9])
  }

  @Test("buckets waste little padding, and far less than random batches")
  func padding() throws {
    var generator = SeededGenerator(seed: 1, stream: "lengths")
    let corpus = try lengths(
      (0..<5000).map { _ in
        let source = Int.random(in: 1...30, using: &generator)
        return (source, max(1, source + Int.random(in: -3...5, using: &generator)))
      })
    func waste(_ order: BatchOrder) -> Double {
      let sampler = BatchSampler(corpus: corpus, order: order, batchSize: 32, seed: 1)
      return sampler.paddingWaste(of: sampler.epoch(0))
    }
    #expect(waste(.bucketed) < 0.03)
    #expect(waste(.random) > 0.3)
  }

  @Test("shares of a minibatch are complete, disjoint and of about equal work")
  func shares() {
    let pairs = (0..<50).map {
      SentencePair(source: [Int32](repeating: 2, count: $0 % 13), target: [Int32($0)])
    }
    for replicas in [1, 2, 3, 8, 64] {
      let shares = (0..<replicas).map {
        WorkBalance.sentences(of: pairs, replica: $0, replicas: replicas)
      }
      #expect(shares.flatMap { $0 }.sorted() == Array(0..<50))
      let work = shares.map { $0.reduce(0) { $0 + pairs[$1].source.count + 1 } }
      if replicas <= 8 { #expect(work.max()! - work.min()! <= 14) }
      // Where target words cost more, replicas with long targets get fewer sentences.
      let costs = WordCosts(source: 1, target: 20)
      let uneven = pairs.map {
        SentencePair(
          source: $0.source, target: $0.target + Array(repeating: 2, count: $0.source.count % 3))
      }
      let loads = (0..<replicas).map { replica in
        WorkBalance.sentences(of: uneven, replica: replica, replicas: replicas, costs: costs)
          .reduce(0) { $0 + costs.work(uneven[$1]) }
      }
      let largest = uneven.map { costs.work($0) }.max()!
      #expect(loads.reduce(0, +) == uneven.reduce(0) { $0 + costs.work($1) })
      if replicas <= 8 { #expect(loads.max()! - loads.min()! <= largest) }
    }
  }

  private func configuration(_ source: String, _ target: String) -> Configuration {
    var configuration = Configuration()
    configuration.data.source = folder.write(source, to: "s")
    configuration.data.target = folder.write(target, to: "t")
    configuration.data.prepared = folder.path + "/prepared"
    return configuration
  }

  @Test("preparing counts what it keeps and what it drops")
  func preparation() throws {
    var configuration = configuration("a b\nc c c c\na a\nb\n", "x\ny\n\nz x\n")
    configuration.data.maxLength = 3
    configuration.data.sourceVocabularySize = 4
    let report = try PreparedCorpus.prepare(configuration)
    #expect(report.training.pairs == 2)
    #expect(report.training.tooLongPairs == 1)
    #expect(report.training.emptyPairs == 1)
    #expect(report.training.source.words == 3)
    #expect(report.training.target.words == 3)
    #expect(report.sourceVocabularySize == 4)
    // c is the most frequent word, a comes next; b is unknown, twice among what is kept.
    #expect(report.training.source.unknown == 2)
    let corpus = try PreparedCorpus(configuration: configuration)
    #expect(corpus.training[0] == SentencePair(source: [3, 1], target: [2]))
    #expect(corpus.validation == nil)
  }

  @Test("a preparation is used again until the text or a setting changes")
  func reuse() throws {
    var configuration = configuration("a\n", "b\n")
    #expect(try PreparedCorpus.upToDateReport(for: configuration) == nil)
    let report = try PreparedCorpus.prepare(configuration)
    #expect(try PreparedCorpus.upToDateReport(for: configuration) == report)
    configuration.data.maxLength = 7
    #expect(try PreparedCorpus.upToDateReport(for: configuration) == nil)
    configuration.data.maxLength = 50
    folder.write("a a\n", to: "s")
    #expect(try PreparedCorpus.upToDateReport(for: configuration) == nil)
  }

  @Test(
    "counts that no preparation can have found are no report",
    arguments: [
      ("trainedValidationPairs", "9223372036854775807"), ("differentValidationPairs", "-1"),
      ("pairs", "-1"), ("pairs", "1099511627776"), ("unknown", "9223372036854775807"),
      ("equalPairs", "9223372036854775807"), ("words", "-9223372036854775808"),
    ])
  func impossibleCounts(key: String, value: String) throws {
    let configuration = configuration("a\n", "b\n")
    try PreparedCorpus.prepare(configuration)
    let json = try #require(folder.read("prepared/prepared.json"))
    let changed = json.replacing(try Regex("\"\(key)\" : [0-9]+"), with: "\"\(key)\" : \(value)")
    #expect(changed != json)
    folder.write(changed, to: "prepared/prepared.json")
    let report = try PreparedCorpus.upToDateReport(for: configuration)
    #expect(report?.warnings(configuration.data) == nil)
    let error = #expect(throws: InputError.self) {
      try PreparedCorpus(configuration: configuration)
    }
    #expect(error?.description.contains("has no prepared corpus") == true)
  }

  @Test("what was prepared apart is not trained on together", arguments: ["swapped", "longer"])
  func mixtures(kind: String) throws {
    let configuration = configuration("a b\nb\n", "x y\ny\n")
    try PreparedCorpus.prepare(configuration)
    let source = try #require(folder.read("prepared/source.vocab"))
    if kind == "swapped" {
      folder.write(try #require(folder.read("prepared/target.vocab")), to: "prepared/source.vocab")
      folder.write(source, to: "prepared/target.vocab")
    } else {
      folder.write(source + "c\n", to: "prepared/source.vocab")
    }
    let error = #expect(throws: InputError.self) {
      try PreparedCorpus(configuration: configuration)
    }
    #expect(error?.description.contains("is not the one that was prepared") == true)
  }

  @Test("a pair file without pairs is refused")
  func noPairs() throws {
    let writer = try PairFileWriter(folder.path + "/p")
    try writer.complete()
    try writer.file.publish()
    let error = #expect(throws: InputError.self) { try PairFile(folder.path + "/p") }
    #expect(error?.description.contains("has no pairs") == true)
    try writer.append(.init(source: [2], target: [2]))
  }

  @Test("a preparation that is interrupted does not count as one")
  func interrupted() throws {
    let configuration = configuration("a\n", "b\n")
    try PreparedCorpus.prepare(configuration)
    folder.write("a a\n", to: "s")
    folder.write("c\nd\n", to: "t")
    #expect(throws: InputError.self) { try PreparedCorpus.prepare(configuration) }
    #expect(!folder.files.contains { $0.hasSuffix(".partial") })
    #expect(folder.read("prepared/target.vocab") == "<eos>\n<unk>\nb\n")
  }

  @Test("what is hardly meant is said, with numbers")
  func warnings() throws {
    var configuration = configuration("a b\nc\n", "x\ny z\n")
    func warnings() throws -> [String] {
      try PreparedCorpus.prepare(configuration).warnings(configuration.data)
    }
    #expect(try warnings() == [])
    configuration.data.validationSource = folder.write("c\na  b\nc\n", to: "vs")
    configuration.data.validationTarget = folder.write("y z\nx\nq\n", to: "vt")
    #expect(try warnings().first?.contains("2 of the 3 different pairs of ") == true)
    folder.write("c\nb\nc\n", to: "vs")
    #expect(try warnings() == [])
    // Counts beside the symbols: nothing of it occurs.
    configuration.data.sourceVocabulary = folder.write("<eos>\n<unk>\na 3\nb 2\n", to: "v")
    #expect(try warnings().first?.contains("all 3 words are <unk>") == true)
    configuration.data.sourceVocabulary = folder.write("<eos>\n<unk>\na\n", to: "v")
    #expect(try warnings().first?.contains("2 of the 3 words of ") == true)
    configuration.data.sourceVocabulary = nil
    configuration.data.validationSource = nil
    configuration.data.validationTarget = nil
    folder.write("x\ny z\n", to: "s")
    #expect(try warnings().first?.contains("2 of 2 pairs have the same text") == true)
  }

  @Test("a corpus of which nothing is left is refused")
  func nothingLeft() {
    var configuration = configuration("a b c\n", "x\n")
    configuration.data.maxLength = 2
    let error = #expect(throws: InputError.self) { try PreparedCorpus.prepare(configuration) }
    #expect(error?.description.contains("1 are longer than data.maxLength 2") == true)
  }
}
