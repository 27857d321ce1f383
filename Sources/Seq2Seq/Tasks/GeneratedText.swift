/// A made-up text and its translation, in three parts: for training, for validation and for a test. No
/// source line is there twice, in whatever part, and what follows from a seed is the same everywhere.
public struct GeneratedText: Sendable {
  /// What can be learnt.
  public enum Kind: String, Sendable, CaseIterable {
    /// Sums of two numbers.
    case addition
    /// Dates as people write them, to dates as ISO 8601 has them.
    case dates
  }

  /// A line and its translation.
  public struct Line: Sendable, Equatable {
    /// What is read.
    public let source: String
    /// What it means.
    public let target: String
  }

  /// A part of the text.
  public struct Part: Sendable {
    /// `train`, `valid` or `test`: how its files' names begin.
    public let name: String
    /// Its lines.
    public let lines: [Line]
  }

  /// The parts.
  public let parts: [Part]

  private static let names = ["train", "valid", "test"]

  /// Makes a text up.
  ///
  /// - Parameters:
  ///   - kind: what it is about.
  ///   - count: lines of all parts together.
  ///   - seed: what it follows from.
  /// - Throws: `InputError` if there are not so many different lines, or too few for three parts.
  public init(_ kind: Kind, count: Int, seed: UInt64) throws {
    let most = kind.task.lineLimit
    guard (Self.fewest...most).contains(count) else {
      throw InputError(
        "--count must be from \(Self.fewest), so that each part has a line, to \(most), the most that "
          + "\(kind) has without a line twice; it is \(count)", kind: .usage)
    }
    var generator = SeededGenerator(seed: seed, stream: kind.rawValue)
    parts = zip(Self.names, kind.task.lines(of: Self.partCounts(count), &generator)).map {
      Part(name: $0, lines: $1)
    }
  }

  /// Lines that three parts have at least.
  private static let fewest = 10

  /// How many of some things each part has: four fifths, a tenth and a tenth.
  static func partCounts(_ total: Int) -> [Int] {
    let tenth = total / 10
    return [total - 2 * tenth, tenth, tenth]
  }

  /// The files that a text has in a folder.
  public static func files(in folder: String) -> [String] {
    names.flatMap { [source(of: $0, in: folder), target(of: $0, in: folder)] }
  }

  private static func source(of part: String, in folder: String) -> String {
    "\(folder)/\(part).source"
  }

  private static func target(of part: String, in folder: String) -> String {
    "\(folder)/\(part).target"
  }

  /// Writes the files, into a folder that is made for them. All are complete before the first one has
  /// its name.
  ///
  /// - Throws: `InputError` naming what cannot be written.
  public func write(to folder: String) throws {
    try makeFolder(folder)
    let files = try parts.flatMap { part in
      try [
        AtomicFile.completed(
          Self.text(part.lines.map(\.source)), for: Self.source(of: part.name, in: folder)),
        AtomicFile.completed(
          Self.text(part.lines.map(\.target)), for: Self.target(of: part.name, in: folder)),
      ]
    }
    for file in files { try file.publish() }
  }

  private static func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}

/// Something to be learnt of which lines can be made up.
protocol GeneratedTask {
  /// Lines at most, of all parts together.
  var lineLimit: Int { get }
  /// Different lines for each part, so many as it shall have: `lineLimit` in all at most.
  func lines(
    of counts: [Int], _ generator: inout SeededGenerator
  ) -> [[GeneratedText.Line]]
}

extension GeneratedText.Kind {
  fileprivate var task: any GeneratedTask {
    switch self {
    case .addition: Addition()
    case .dates: Dates()
    }
  }
}
