/// Work on lines of text, by one process or several: whoever has the lines gets the results, in order.
public protocol LineWork {
  /// Whether this process has the lines and gets the results; the others work on what they are given.
  var hasLines: Bool { get }
  /// Lines that are worked on at a time.
  var window: Int { get }

  /// Calls `work` with some of the items, in the order of their lengths, wherever work is done.
  ///
  /// - Parameters:
  ///   - items: where the lines are; an item is some lines. Others' are not looked at.
  ///   - work: gives the results of some items, which are some lines each.
  /// - Returns: where the lines are, the results of the items, in order; elsewhere nothing. And how many
  ///   items there are: none says to all that the work is done.
  /// - Throws: what `work` throws.
  func map(
    _ items: [[String]], _ work: ([[String]]) throws -> [[String]]
  ) throws -> (results: [[String]], count: Int)

  /// The same with results that are numbers, which arrive as they were, bit for bit.
  ///
  /// - Parameters:
  ///   - lines: where the lines are.
  ///   - width: numbers of each line.
  ///   - work: gives the numbers of some lines, `[lines, width]`.
  /// - Returns: where the lines are, `[lines, width]`, in order; elsewhere nothing. And how many lines there are.
  /// - Throws: what `work` throws.
  func mapNumbers(
    _ lines: [String], width: Int, _ work: ([String]) throws -> [Float]
  ) throws -> (numbers: [Float], count: Int)
}

extension LineWork {
  /// Works on the pairs of a text, a window at a time; other files beside them come with the results.
  ///
  /// - Parameters:
  ///   - text: nil but where the lines are.
  ///   - work: gives the results of some pairs of lines, which are some lines each.
  ///   - results: given each window's results and lines of all files, where they are.
  /// - Throws: `InputError` naming file and line.
  func forEachWindow(
    of text: ParallelText?, _ work: ([[String]]) throws -> [[String]],
    results: ([[String]], _ rows: [[String]]) throws -> Void
  ) throws {
    guard let text else {
      while try map([], work).count > 0 {}
      return
    }
    var pending: [[String]] = []
    func flush() throws {
      try results(try map(pending.map { Array($0.prefix(2)) }, work).results, pending)
      pending.removeAll(keepingCapacity: true)
    }
    try text.forEachRow { row in
      pending.append(row)
      if pending.count == window { try flush() }
    }
    if !pending.isEmpty { try flush() }
    _ = try map([], work)
  }
}
