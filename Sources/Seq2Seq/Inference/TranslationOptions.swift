/// What is wanted of a translator.
public struct TranslationOptions: Sendable {
  /// What the search keeps and prefers.
  public var search: SearchOptions
  /// What stands in place of `<unk>`: the source word that attention looks at most, by this dictionary; nil
  /// leaves `<unk>`.
  public var unknownWords: WordDictionary?
  /// What is said of attention.
  public var alignments = Detail.none

  /// How much is said of attention.
  public enum Detail: Int, Sendable, Comparable {
    /// Nothing.
    case none
    /// What every symbol looks at most.
    case positions
    /// All weights too.
    case weights

    /// Less is said.
    public static func < (left: Detail, right: Detail) -> Bool { left.rawValue < right.rawValue }
  }

  /// Those of a plain search.
  public init(search: SearchOptions = SearchOptions()) { self.search = search }
}
