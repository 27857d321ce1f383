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
  /// - Throws: `InputError` for unequal line counts, an empty corpus and text that is not UTF-8.
  func forEachRow(_ body: ([String]) throws -> Void) throws {
    let files = [source, target].compactMap { $0 } + others
    var readers = files.map(\.lines)
    while true {
      var row: [String?] = []
      for index in readers.indices { row.append(try readers[index].next()) }
      guard let ended = row.firstIndex(of: nil) else {
        try body((hasSource ? [] : [""]) + row.compactMap { $0 })
        continue
      }
      if let longer = row.firstIndex(where: { $0 != nil }) {
        throw Self.unequal(
          shorter: files[ended], lines: readers[ended].number, longer: files[longer])
      }
      guard readers[ended].number > 0 else { throw Self.empty(files[ended]) }
      return
    }
  }

  /// Calls `body` with each pair of lines, of which the first is empty where there is no source.
  ///
  /// - Parameter progress: told now and then which fraction of the text, 0...1, has been read.
  /// - Returns: how many pairs there are.
  /// - Throws: `InputError` for unequal line counts, an empty corpus and text that is not UTF-8.
  @discardableResult
  func forEachPair(
    progress: (Double) throws -> Void = { _ in },
    _ body: (_ source: String, _ target: String) throws -> Void
  ) throws -> Int {
    guard let source else { return try forEachLine(progress: progress) { try body("", $0) } }
    var (sourceLines, targetLines) = (source.lines, target.lines)
    while true {
      switch (try sourceLines.next(), try targetLines.next()) {
      case (let sourceLine?, let targetLine?):
        try body(sourceLine, targetLine)
        if sourceLines.number.isMultiple(of: 65536) {
          try progress(Double(sourceLines.byteOffset) / Double(source.byteCount))
        }
      case (nil, nil):
        guard sourceLines.number > 0 else { throw Self.empty(source) }
        return sourceLines.number
      case (nil, _?):
        throw Self.unequal(shorter: source, lines: sourceLines.number, longer: target)
      case (_?, nil):
        throw Self.unequal(shorter: target, lines: targetLines.number, longer: source)
      }
    }
  }

  private func forEachLine(
    progress: (Double) throws -> Void, _ body: (String) throws -> Void
  ) throws -> Int {
    var lines = target.lines
    while let line = try lines.next() {
      try body(line)
      if lines.number.isMultiple(of: 65536) {
        try progress(Double(lines.byteOffset) / Double(target.byteCount))
      }
    }
    guard lines.number > 0 else { throw Self.empty(target) }
    return lines.number
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
