import Foundation

/// A corpus ready for training: vocabularies and pairs as numbers, in a folder.
public struct PreparedCorpus {
  /// The vocabulary of the source.
  public let sourceVocabulary: Vocabulary
  /// The vocabulary of the target.
  public let targetVocabulary: Vocabulary
  let training: PairFile
  let validation: PairFile?

  /// What preparing a corpus found.
  public struct Report: Codable, Sendable, Equatable {
    /// What the preparation depended on.
    var fingerprint: String
    /// Pairs kept for training.
    public var trainingPairs = 0
    /// Pairs dropped because a side was longer than `data.maxLength`.
    public var tooLongPairs = 0
    /// Pairs dropped because the target was empty.
    public var emptyPairs = 0
    /// Symbols of the source vocabulary.
    public var sourceVocabularySize = 0
    /// Symbols of the target vocabulary.
    public var targetVocabularySize = 0
    /// Source words kept.
    public var sourceWords = 0
    /// Target words kept.
    public var targetWords = 0
    /// Source words that are not in the vocabulary.
    public var unknownSourceWords = 0
    /// Target words that are not in the vocabulary.
    public var unknownTargetWords = 0
    /// Pairs kept for validation.
    public var validationPairs = 0
  }

  /// The folder that a configuration keeps its prepared corpus in.
  public static func folder(for configuration: Configuration) throws -> String {
    if let folder = configuration.data.prepared { return folder }
    return try configuration.required(\.training.output, "training.output") + "/prepared"
  }

  /// Opens a prepared corpus.
  ///
  /// - Throws: `InputError` naming what is missing or damaged.
  public init(configuration: Configuration) throws {
    let folder = try Self.folder(for: configuration)
    sourceVocabulary = try Vocabulary(contentsOf: folder + "/source.vocab")
    targetVocabulary = try Vocabulary(contentsOf: folder + "/target.vocab")
    training = try PairFile(folder + "/train.pairs")
    validation =
      configuration.data.validationSource == nil ? nil : try PairFile(folder + "/valid.pairs")
    for file in [training, validation] {
      try file?.checkSymbols(
        sourceCount: sourceVocabulary.count, targetCount: targetVocabulary.count)
    }
  }

  /// The report of an earlier preparation, if it was made from the same text in the same way.
  public static func upToDateReport(for configuration: Configuration) throws -> Report? {
    let path = try folder(for: configuration) + "/prepared.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let text = try TextFile.contents(of: path, limit: 1 << 20)
    guard let report = try? JSONDecoder().decode(Report.self, from: Data(text.utf8)),
      report.fingerprint == (try fingerprint(of: configuration))
    else { return nil }
    return report
  }

  /// What a preparation depends on: settings, and the texts' sizes and times of change.
  static func fingerprint(of configuration: Configuration) throws -> String {
    let data = configuration.data
    var parts = [
      "1", data.tokenizer.rawValue, "\(data.maxLength)", "\(data.sourceVocabularySize)",
      "\(data.targetVocabularySize)",
    ]
    for path in [
      data.source, data.target, data.validationSource, data.validationTarget,
      data.sourceVocabulary, data.targetVocabulary,
    ] {
      guard let path else {
        parts.append("-")
        continue
      }
      var status = stat()
      guard stat(path, &status) == 0 else {
        throw InputError("cannot read \(path): \(systemMessage())")
      }
      parts.append("\(path):\(status.st_size):\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)")
    }
    return parts.joined(separator: "|")
  }
}
