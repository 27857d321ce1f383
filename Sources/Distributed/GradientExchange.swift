/// Sums gradients over the replicas that hold the same parameters.
///
/// The sum is taken *before* clipping (Sutskever et al. 2014, section 3.4 clips the gradient of
/// the whole minibatch). Every rank gets the same bits.
public final class GradientExchange {
  private let communicator: Communicator
  private var gatheredRows: [Int32] = []
  private var gatheredValues: [Float] = []

  /// An exchange among all ranks of `communicator`.
  public init(over communicator: Communicator) {
    self.communicator = communicator
  }

  /// Replaces `gradient` by its sum over the ranks.
  public func sum(_ gradient: inout MutableSpan<Float>) throws(MPIError) {
    if communicator.size > 1 { try communicator.allReduce(&gradient) }
  }

  /// Replaces a gradient of table rows by its sum over the ranks.
  ///
  /// - Parameters:
  ///   - rows: the distinct rows that this rank touched, ascending; on return those that any
  ///     rank touched.
  ///   - values: `rows.count × width` numbers, row by row; on return the sums, where a row's
  ///     parts were added in the order of the ranks.
  ///   - width: numbers a row.
  public func sum(rows: inout [Int32], values: inout [Float], width: Int) throws(MPIError) {
    guard communicator.size > 1 else { return }
    let counts = try communicator.allGather(rows.count)
    var parts: [Range<Int>] = []
    var total = 0
    for count in counts {
      parts.append(total..<total + count)
      total += count
    }
    try gather(rows, into: &gatheredRows, parts: parts)
    let wide = parts.map { $0.lowerBound * width..<$0.upperBound * width }
    try gather(values, into: &gatheredValues, parts: wide)
    merge(parts: parts, rows: &rows, values: &values, width: width)
  }

  private func gather<Element: MPIElement>(
    _ own: [Element], into all: inout [Element], parts: [Range<Int>]
  ) throws(MPIError) {
    let total = parts.last?.upperBound ?? 0
    if all.count < total {
      all.append(contentsOf: repeatElement(.zero, count: total - all.count))
    }
    let start = parts[communicator.rank].lowerBound
    all.withUnsafeMutableBufferPointer { all in
      own.withUnsafeBufferPointer { own in
        for index in 0..<parts[communicator.rank].count { all[start + index] = own[index] }
      }
    }
    var span = all.mutableSpan
    try communicator.allGather(&span, parts: parts)
  }

  private func merge(
    parts: [Range<Int>], rows: inout [Int32], values: inout [Float], width: Int
  ) {
    rows.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    var heads = parts.map(\.lowerBound)
    gatheredRows.withUnsafeBufferPointer { ids in
      gatheredValues.withUnsafeBufferPointer { numbers in
        while true {
          var next = Int32.max
          for (head, part) in zip(heads, parts) where head < part.upperBound {
            next = min(next, ids[head])
          }
          if next == Int32.max { return }
          rows.append(next)
          let start = values.count
          for source in heads.indices
          where heads[source] < parts[source].upperBound && ids[heads[source]] == next {
            let row = numbers[heads[source] * width..<(heads[source] + 1) * width]
            if values.count == start {
              values.append(contentsOf: row)
            } else {
              values.withUnsafeMutableBufferPointer { sum in
                for (column, value) in row.enumerated() { sum[start + column] += value }
              }
            }
            heads[source] += 1
          }
        }
      }
    }
  }
}
