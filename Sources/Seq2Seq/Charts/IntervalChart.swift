/// Who did what when: a row for each, with bars in the colours of what it was.
struct IntervalChart {
  /// Something that took its time.
  struct Interval {
    /// Which of the chart's kinds it is.
    let kind: Int
    let start: Double
    let end: Double
  }

  /// What one did, in order of time.
  struct Row {
    let name: String
    let intervals: [Interval]
  }

  let title: String
  /// Of time.
  let axis: Axis
  /// The names of what is done.
  let kinds: [String]
  let rows: [Row]
  /// Where the axis ends; it begins at 0.
  let length: Double
  private let width = 720.0
  private static let rowHeight = 26.0
  private static let looks = [0, 1, 2, 3]

  /// An element of a page that has `ChartTheme.css`.
  var element: Markup {
    let legend = Legend(
      kinds.enumerated().map {
        Legend.Entry(name: $1, look: Self.looks[$0 % 4], sample: .patch, end: nil)
      }, size: ChartSize(width: width, height: 0))
    let names = rows.map { TextWidth.fitted($0.name, to: 190, size: ChartTheme.textSize) }
    let labels = names.map { TextWidth.of($0, size: ChartTheme.textSize) }.max() ?? 0
    let height = 54 + legend.margins.top + Double(rows.count) * Self.rowHeight + 46
    let size = ChartSize(width: width, height: height)
    let frame = ChartFrame(
      title, axes: (axis, Axis("")),
      points: [ChartPoint(x: 0, y: 0), ChartPoint(x: length, y: 0)], size: size,
      margins: legend.margins, left: labels + 16)
    var parts = frame.headings + frame.columns + legend.markup(in: frame)
    for (number, row) in rows.enumerated() {
      let middle = frame.top + (Double(number) + 0.5) * Self.rowHeight
      parts.append(ChartFrame.text(names[number], frame.left - 8, middle + 4, anchor: "end"))
      parts += bars(of: row, in: frame, top: middle - 9)
    }
    return ChartFrame.element(title, size, parts)
  }

  /// A row's bars: one path for each kind. What is narrower than a tenth of a pixel goes to the bar
  /// before it.
  private func bars(of row: Row, in frame: ChartFrame, top: Double) -> [Markup] {
    var paths = [String](repeating: "", count: kinds.count)
    var free = frame.left
    for interval in row.intervals {
      let start = max(frame.place(ChartPoint(x: interval.start, y: 0)).x, free)
      let end = min(frame.place(ChartPoint(x: interval.end, y: 0)).x, frame.right)
      guard end - start >= 0.1 else { continue }
      paths[interval.kind] +=
        "M\(start.pixels),\(top.pixels)h\((end - start).pixels)v18H\(start.pixels)z"
      free = end
    }
    return paths.enumerated().filter { !$0.element.isEmpty }.map { kind, path in
      .element("path", ["class": ChartTheme.fill(of: Self.looks[kind % 4]), "d": path])
    }
  }
}
