/// Sentences in groups of about one size, by some number that each has, such as its length: what the paper's
/// figure 3 shows on its horizontal axis.
struct SentenceGroups {
  struct Group {
    /// The least and the largest number.
    let values: ClosedRange<Double>
    /// Which sentences, from 0.
    let sentences: [Int]
  }

  /// In the order of the numbers.
  let groups: [Group]

  /// Groups sentences; those with equal numbers are in one group, so that there may be fewer groups.
  ///
  /// - Parameters:
  ///   - values: the number of each sentence.
  ///   - count: groups at most.
  init(by values: [Double], count: Int) {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var groups: [Group] = []
    var start = 0
    for group in 1...max(1, count) {
      var end = max(start, order.count * group / count)
      while end > start, end < order.count, values[order[end]] == values[order[end - 1]] {
        end += 1
      }
      guard end > start else { continue }
      groups.append(
        Group(
          values: values[order[start]]...values[order[end - 1]],
          sentences: Array(order[start..<end])))
      start = end
    }
    self.groups = groups
  }
}
