import Foundation

/// What preparing a corpus found: `prepared.json` beside the prepared files.
public struct PreparationReport: Codable, Sendable, Equatable {
  /// What was counted in a text and its translation, or, in a language model's, of lines alone.
  public struct Counts: Codable, Sendable, Equatable {
    /// Pairs kept.
    public internal(set) var pairs = 0
    /// Source words kept, and those not in the vocabulary.
    public internal(set) var source = WordCounts()
    /// Target words kept, and those not in the vocabulary.
    public internal(set) var target = WordCounts()
    /// Pairs of which both sides are the same.
    public internal(set) var equalPairs = 0
    /// Pairs dropped because a side was longer than `data.maxLength`.
    public internal(set) var tooLongPairs = 0
    /// Pairs dropped because the target was empty.
    public internal(set) var emptyPairs = 0
    /// Symbols of the text where it is one stream: an `<eos>` stands after each line.
    public var streamSymbols: Int { target.words + pairs }
  }

  /// What the preparation depended on.
  var inputs: String
  /// The training text.
  public internal(set) var training = Counts()
  /// The validation text; no pairs if there is none.
  public internal(set) var validation = Counts()
  /// Different pairs of the validation text.
  var differentValidationPairs = 0
  /// Those of them that are in the training text too.
  var trainedValidationPairs = 0
  /// Symbols of the source vocabulary; 0 where there is no source.
  public internal(set) var sourceVocabularySize = 0
  /// Symbols of the target vocabulary.
  public internal(set) var targetVocabularySize = 0
  /// Hashes of the vocabularies that the pairs were numbered with.
  var sourceVocabularyHash = ""
  var targetVocabularyHash = ""

  init(inputs: String) { self.inputs = inputs }

  /// Notes the vocabularies that the pairs are numbered with.
  mutating func take(_ vocabularies: Vocabularies) {
    let sizes = vocabularies.sizes
    (sourceVocabularySize, targetVocabularySize) = (sizes.source, sizes.target)
    sourceVocabularyHash = vocabularies.source?.fingerprint ?? ""
    targetVocabularyHash = vocabularies.target.fingerprint
  }

  /// The report in a folder; nil if there is none, or none that can be read.
  init?(folder: String) throws {
    let path = Self.path(in: folder)
    guard access(path, F_OK) == 0 else { return nil }
    let text = try TextFile.contents(of: path, limit: 1 << 20)
    guard let report = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)),
      report.isPossible
    else { return nil }
    self = report
  }

  /// Whether the numbers can have been counted. Others come from no preparation, and would overflow
  /// where they are compared.
  private var isPossible: Bool {
    training.isPossible && validation.isPossible
      && (0...validation.pairs).contains(differentValidationPairs)
      && (0...differentValidationPairs).contains(trainedValidationPairs)
      && [sourceVocabularySize, targetVocabularySize].allSatisfy((0...Int(Int32.max)).contains)
  }

  static func path(in folder: String) -> String { folder + "/prepared.json" }

  /// The content of the file.
  func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// Checks that the files of a prepared corpus are those that the report speaks of.
  ///
  /// - Throws: `InputError` naming the file that is another one.
  func check(_ corpus: PreparedCorpus, in folder: String) throws {
    func expect(_ holds: Bool, _ file: String) throws {
      guard !holds else { return }
      throw InputError(
        "\(folder)/\(file) is not the one that was prepared with the files beside it; run "
          + "`launcher prepare` again")
    }
    let vocabularies = corpus.vocabularies
    try expect(vocabularies.source?.fingerprint ?? "" == sourceVocabularyHash, "source.vocab")
    try expect(vocabularies.target.fingerprint == targetVocabularyHash, "target.vocab")
    try expect(corpus.training.hasCounts(training), "train.pairs")
    try expect(corpus.validation?.hasCounts(validation) ?? true, "valid.pairs")
  }
}

extension PreparationReport.Counts {
  fileprivate var isPossible: Bool {
    // As many as a `PairFile` can have.
    let numbers = 0..<1 << 40
    return [pairs, tooLongPairs, emptyPairs, source.words, target.words].allSatisfy(
      numbers.contains)
      && (0...pairs).contains(equalPairs)
      && [source, target].allSatisfy { (0...$0.words).contains($0.unknown) }
  }
}

extension PairFile {
  fileprivate func hasCounts(_ counts: PreparationReport.Counts) -> Bool {
    (count, sourceSymbolCount, targetSymbolCount)
      == (counts.pairs, counts.source.words, counts.target.words)
  }
}
