import Foundation

/// The vocabularies of a corpus or a model.
public struct Vocabularies: Sendable, Equatable {
  /// That of the source; nil where there is no source.
  public let source: Vocabulary?
  /// That of the target.
  public let target: Vocabulary

  init(source: Vocabulary?, target: Vocabulary) {
    (self.source, self.target) = (source, target)
  }

  /// Reads those of a folder.
  ///
  /// - Throws: `InputError` naming file and line.
  init(folder: String, of kind: Configuration.Model.Kind) throws {
    source = kind.hasSource ? try Vocabulary(contentsOf: Self.source(in: folder)) : nil
    target = try Vocabulary(contentsOf: Self.target(in: folder))
  }

  /// How many symbols there are.
  var sizes: VocabularySizes { VocabularySizes(source: source?.count ?? 0, target: target.count) }

  /// The files of a folder, complete, which have not got their names yet.
  func files(in folder: String) throws -> [AtomicFile] {
    try [source.map { ($0, Self.source(in: folder)) }, (target, Self.target(in: folder))]
      .compactMap { $0 }.map { try AtomicFile.completed($0.text, for: $1) }
  }

  /// Removes what other vocabularies left in a folder where these now stand.
  func removeOthers(in folder: String) {
    if source == nil { unlink(Self.source(in: folder)) }
  }

  /// Where they stand in a folder.
  static func paths(in folder: String, of kind: Configuration.Model.Kind) -> [String] {
    (kind.hasSource ? [source(in: folder)] : []) + [target(in: folder)]
  }

  static func source(in folder: String) -> String { folder + "/source.vocab" }
  static func target(in folder: String) -> String { folder + "/target.vocab" }
}

/// Symbols of a source and a target vocabulary.
struct VocabularySizes: Sendable, Equatable {
  /// Vs; 0 where there is no source.
  var source: Int
  /// Vt.
  var target: Int
}
