/// The hypotheses of one source line.
struct NBestList: Sendable, Equatable {
  /// The number of the source line, from 0.
  let id: Int
  /// In the order of the file.
  var entries: [NBestEntry]
}

/// Reads n-best lists in Moses' format, one list at a time.
struct NBestReader {
  /// Hypotheses of one source line at most: what has more is no n-best list.
  static let limit = 100_000

  private let path: String
  private var lines: TextFile.Lines
  /// The first hypothesis of the list after the one that was read last.
  private var ahead: NBestEntry?
  private var isAtStart = true

  /// - Throws: `InputError` naming the file.
  init(_ path: String) throws {
    self.path = path
    lines = try TextFile(path).lines
  }

  /// The next list, or nil after the last one.
  ///
  /// - Throws: `InputError` naming file and line for lines that are none of an n-best list, for ids that
  ///   decrease, for a list that does not end, and for a file without hypotheses.
  mutating func next() throws -> NBestList? {
    if isAtStart {
      isAtStart = false
      ahead = try nextEntry()
      guard ahead != nil else { throw InputError("\(path) is empty; it must have n-best lists") }
    }
    guard let first = ahead else { return nil }
    var list = NBestList(id: first.id, entries: [first])
    ahead = nil
    while let entry = try nextEntry() {
      guard entry.id == list.id else {
        ahead = entry
        break
      }
      list.entries.append(entry)
      guard list.entries.count <= Self.limit else {
        throw InputError(
          "\(path):\(lines.number): more than \(Self.limit) hypotheses with the id \(list.id)")
      }
    }
    if let ahead, ahead.id < list.id {
      throw InputError(
        "\(path):\(lines.number): the id \(ahead.id) comes after the id \(list.id); ids must not decrease"
      )
    }
    return list
  }

  private mutating func nextEntry() throws -> NBestEntry? {
    try lines.next().map { try NBestEntry($0, at: "\(path):\(lines.number)") }
  }
}
