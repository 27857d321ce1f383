/// The lines of a text, and for each the hypotheses that an n-best list has of it.
struct RescoringText {
  private let files: Rescorer.Files
  private let text: ParallelText
  private var lists: NBestReader

  /// - Throws: `InputError` naming the file.
  init(_ files: Rescorer.Files) throws {
    self.files = files
    text = try ParallelText(
      source: files.reference.map { _ in files.source }, target: files.reference ?? files.source)
    lists = try NBestReader(files.nBest)
  }

  /// A line with its hypotheses, of which there may be none.
  struct Line {
    let source: String
    /// Empty where no reference was asked for.
    let reference: String
    let entries: [NBestEntry]

    /// As it goes from process to process.
    var item: [String] { [source] + entries.map(\.text) }
  }

  /// Calls `body` with each line of the text.
  ///
  /// - Throws: `InputError` naming file and line, also where an id has no line.
  mutating func forEachLine(_ body: (Line) throws -> Void) throws {
    var (lists, number) = (lists, 0)
    var list = try lists.next()
    let count = try text.forEachPair { first, second in
      let source = text.hasSource ? first : second
      var entries: [NBestEntry] = []
      if let found = list, found.id == number {
        entries = found.entries
        list = try lists.next()
      }
      try body(
        Line(source: source, reference: text.hasSource ? second : "", entries: entries))
      number += 1
    }
    if let list {
      throw InputError(
        "\(files.nBest) has hypotheses with the id \(list.id), but \(files.source) has \(count) "
          + "line\(count == 1 ? "" : "s"), whose ids are from 0 to \(count - 1)")
    }
  }
}
