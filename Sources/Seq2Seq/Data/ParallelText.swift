/// Two text files, of which line n of one is the translation of line n of the other; or one, of lines that
/// are no translations. There can be others beside them, of more translations.
struct ParallelText {
  private let source: TextFile?
  private let target: TextFile
  private let others: [TextFile]

  /// Whether the lines are translations.
  var hasSource: Bool { source != nil }

  init(source: String?, target: String, others: [String] = []) throws {
    self.source = try source.map { try TextFile($0) }
    self.target = try TextFile(target)
    self.others = try others.map { try TextFile($0) }
  }

  /// Calls `body` with each line of all files: the source's, which is empty where there is no source, the
  /// target's and the others'.
  ///
  /// - Parameter progress: told now and then which fraction of the text, 0...1, has been read.
  /// - Returns: how many lines each has.
  /// - Throws: `InputError` for unequal line counts, an empty corpus and text that is not UTF-8.
  @discardableResult
  func forEachRow(
    progress: (Double) throws -> Void = { _ in }, _ body: ([String]) throws -> Void
  ) throws -> Int {
    let files = [source, target].compactMap { $0 } + others
    var readers = files.map(\.lines)
    while true {
      var row: [String?] = []
      for index in readers.indices { row.append(try readers[index].next()) }
      guard let ended = row.firstIndex(of: nil) else {
        try body((hasSource ? [] : [""]) + row.compactMap { $0 })
        if readers[0].number.isMultiple(of: 65536) {
          try progress(Double(readers[0].byteOffset) / Double(files[0].byteCount))
        }
        continue
      }
      if let longer = row.firstIndex(where: { $0 != nil }) {
        throw Self.unequal(
          shorter: files[ended], lines: readers[ended].number, longer: files[longer])
      }
      guard readers[ended].number > 0 else { throw Self.empty(files[ended]) }
      return readers[ended].number
    }
  }

  /// Calls `body` with each pair of lines, of which the first is empty where there is no source; else as
  /// `forEachRow`.
  @discardableResult
  func forEachPair(
    progress: (Double) throws -> Void = { _ in },
    _ body: (_ source: String, _ target: String) throws -> Void
  ) throws -> Int {
    try forEachRow(progress: progress) { try body($0[0], $0[1]) }
  }

  private static func empty(_ file: TextFile) -> InputError {
    InputError("\(file.path) is empty; it must have one sentence per line")
  }

  private static func unequal(shorter: TextFile, lines: Int, longer: TextFile) -> InputError {
    InputError(
      "\(shorter.path) ends after line \(lines), but \(longer.path) goes on; line n of one must "
        + "be the translation of line n of the other")
  }
}
