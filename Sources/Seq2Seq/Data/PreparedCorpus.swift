import Foundation

/// A corpus ready for training: vocabularies and pairs as numbers, in a folder.
public struct PreparedCorpus {
  /// The vocabularies that the pairs are numbered with.
  public let vocabularies: Vocabularies
  let training: PairFile
  let validation: PairFile?

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
    guard let report = try PreparationReport(folder: folder) else {
      throw InputError("\(folder) has no prepared corpus; run `launcher prepare` again")
    }
    vocabularies = try Vocabularies(folder: folder, of: configuration.model.type)
    training = try PairFile(folder + "/train.pairs")
    validation = configuration.data.hasValidation ? try PairFile(folder + "/valid.pairs") : nil
    let sizes = vocabularies.sizes
    for file in [training, validation] {
      try file?.checkSymbols(sourceCount: sizes.source, targetCount: sizes.target)
    }
    try report.check(self, in: folder)
  }

  /// The report of an earlier preparation, if it was made from the same text in the same way.
  public static func upToDateReport(
    for configuration: Configuration
  ) throws -> PreparationReport? {
    let folder = try folder(for: configuration)
    let pairs = ["/train.pairs"] + (configuration.data.hasValidation ? ["/valid.pairs"] : [])
    let files =
      pairs.map { folder + $0 } + Vocabularies.paths(in: folder, of: configuration.model.type)
    guard files.allSatisfy({ access($0, F_OK) == 0 }),
      let report = try PreparationReport(folder: folder),
      report.inputs == (try inputs(of: configuration))
    else { return nil }
    return report
  }

  /// A vocabulary in a folder in which nothing else tells of a preparation; nil if there is none.
  public static func foreignFile(in folder: String) -> String? {
    let signs = ["/prepared.json", "/train.pairs", "/valid.pairs"]
    guard !signs.contains(where: { access(folder + $0, F_OK) == 0 }) else { return nil }
    return Vocabularies.paths(in: folder, of: .seq2seq).first { access($0, F_OK) == 0 }
  }

  /// What a preparation depends on: settings, and the texts' sizes and times of change.
  static func inputs(of configuration: Configuration) throws -> String {
    let data = configuration.data
    var parts = [
      "2", data.tokenizer.rawValue, "\(data.maxLength)", "\(data.sourceVocabularySize)",
      "\(data.targetVocabularySize)",
    ]
    if !configuration.model.type.hasSource { parts.append(configuration.model.type.rawValue) }
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
      guard status.st_mode & S_IFMT == S_IFREG else {
        // What comes out of a pipe is never known to be the same.
        parts.append("\(path):\(UInt64.random(in: .min ... .max))")
        continue
      }
      parts.append("\(path):\(status.st_size):\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)")
    }
    return parts.joined(separator: "|")
  }
}
