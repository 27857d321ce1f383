/// Something that the user can mend: one sentence with what is wrong, where, and what to do.
public struct InputError: Error, CustomStringConvertible, Equatable {
  /// The exit code that the mistake has (`docs/reference.md`).
  public enum Kind: Int32, Sendable {
    /// The command line is wrong.
    case usage = 64
    /// The data, the configuration or a model file is wrong.
    case data = 65
    /// The work stopped early, with what was saved before intact.
    case stopped = 75
  }

  /// Which exit code.
  public let kind: Kind
  /// The sentence.
  public let description: String

  /// Whether every rank of the run found the same at the same time, so that one of them can
  /// speak for all.
  public let isShared: Bool

  /// A mistake; in data or files unless `kind` says otherwise.
  public init(_ description: String, kind: Kind = .data, isShared: Bool = false) {
    self.description = description
    self.kind = kind
    self.isShared = isShared
  }
}
