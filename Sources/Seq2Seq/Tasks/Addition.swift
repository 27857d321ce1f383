/// Sums of two whole numbers of up to three digits: `57+5` is `62`.
///
/// How many digits both numbers have is drawn first, each count as likely as any other, as "Deep Learning
/// from Scratch 2" does: drawn as numbers, only one sum in a hundred would have a short one. Where
/// all sums of two counts are there, the others are drawn.
struct Addition: GeneratedTask {
  /// The numbers of one, of two and of three digits.
  private static let numbers = [0..<10, 10..<100, 100..<1000]

  /// The sums whose numbers have given counts of digits.
  private struct Sums {
    let left: Range<Int>
    let right: Range<Int>
    /// How many are to be drawn.
    var drawn = 0

    var count: Int { left.count * right.count }

    func line(_ index: Int) -> GeneratedText.Line {
      let a = left.lowerBound + index / right.count
      let b = right.lowerBound + index % right.count
      return GeneratedText.Line(source: "\(a)+\(b)", target: "\(a + b)")
    }
  }

  private static let allSums = numbers.flatMap { left in
    numbers.map { Sums(left: left, right: $0) }
  }

  var lineLimit: Int { Self.allSums.reduce(0) { $0 + $1.count } }

  func lines(
    of counts: [Int], _ generator: inout SeededGenerator
  ) -> [[GeneratedText.Line]] {
    var sums = Self.allSums
    var open = Array(sums.indices)
    for _ in 0..<counts.reduce(0, +) {
      let chosen = open[generator.next(below: open.count)]
      sums[chosen].drawn += 1
      if sums[chosen].drawn == sums[chosen].count { open.removeAll { $0 == chosen } }
    }
    var lines: [GeneratedText.Line] = []
    for sums in sums {
      lines += generator.distinct(sums.drawn, below: sums.count).map(sums.line)
    }
    generator.shuffle(&lines)
    var rest = lines[...]
    return counts.map { count in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }
}
