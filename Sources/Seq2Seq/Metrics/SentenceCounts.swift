/// What a metric has counted in each sentence of a text.
struct SentenceCounts: Sendable {
  /// How many sentences there are.
  private(set) var sentences = 0
  /// Each number of all sentences, for sums go over sentences. A line has at most 2²⁶ bytes, and no count is
  /// above that.
  private var columns: [[Int32]]

  /// Of no sentences yet, with so many numbers each.
  init(width: Int) { columns = [[Int32]](repeating: [], count: width) }

  /// Adds a sentence.
  mutating func append(_ counts: [Int]) {
    precondition(counts.count == columns.count)
    for (column, count) in counts.enumerated() { columns[column].append(Int32(count)) }
    sentences += 1
  }

  /// The sums over all sentences, each of them taken so often.
  ///
  /// - Parameter times: how often, by sentence.
  func sum(times: [Int32]) -> [Int] {
    precondition(times.count == sentences)
    return columns.map { column in
      var sum: Int64 = 0
      for sentence in 0..<column.count {
        sum &+= Int64(times[sentence]) &* Int64(column[sentence])
      }
      return Int(sum)
    }
  }

  /// The sums over some sentences.
  func sum(of sentences: [Int]) -> [Int] {
    columns.map { column in sentences.reduce(0) { $0 + Int(column[$1]) } }
  }
}
