/// The largest of some lines, wherever one looks: from left to right, which line is the largest from where on.
struct UpperEnvelope {
  /// A line a + b·x.
  struct Line {
    let intercept: Double
    let slope: Double
  }

  /// A line that is the largest from `start` on.
  struct Segment: Equatable {
    let line: Int
    /// −∞ of the first.
    let start: Double
  }

  /// From left to right.
  private(set) var segments: [Segment] = []

  /// - Parameter lines: one at least; of equal ones the first counts.
  init(_ lines: [Line]) {
    // Towards the right steeper and steeper lines win.
    let order = lines.indices.sorted {
      (lines[$0].slope, lines[$1].intercept, $0) < (lines[$1].slope, lines[$0].intercept, $1)
    }
    for index in order {
      let line = lines[index]
      var start = -Double.infinity
      while let last = segments.last {
        let other = lines[last.line]
        // Of parallel lines the largest came first.
        guard line.slope > other.slope else {
          start = .infinity
          break
        }
        start = (other.intercept - line.intercept) / (line.slope - other.slope)
        guard start <= last.start else { break }
        segments.removeLast()
        start = -.infinity
      }
      if start < .infinity { segments.append(Segment(line: index, start: start)) }
    }
  }
}
