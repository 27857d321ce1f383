/// Says which series is which: beside the ends of their lines where there is room, or else in rows
/// between the title and the plot. A name stands beside a piece of its line, in the text's colour.
struct Legend {
  /// What stands beside a name.
  enum Sample {
    /// A line with a mark, a thin line, a mark, or a patch of colour.
    case line, thin, mark, patch
  }

  /// A series that is named.
  struct Entry {
    let name: String
    let look: Int
    let sample: Sample
    /// The last point that may be drawn.
    let end: ChartPoint?
  }

  private let entries: [Entry]
  private let width: Double
  /// Whether names stand at the ends of lines.
  private let isDirect: Bool
  private static let size = ChartTheme.textSize
  private static let sample = 24.0
  private static let rowHeight = 18.0

  /// - Parameters:
  ///   - entries: one for each series that is named.
  ///   - size: of the chart.
  init(_ entries: [Entry], size: ChartSize) {
    self.entries = entries
    width = size.width
    let widest = entries.map { TextWidth.of($0.name, size: Self.size) }.max() ?? 0
    isDirect =
      !entries.isEmpty && entries.count <= 8 && widest + Self.sample <= 0.3 * size.width
      && !entries.contains { $0.end == nil || $0.sample == .mark || $0.sample == .patch }
  }

  /// The room that it takes.
  var margins: ChartFrame.Margins {
    guard isDirect else {
      return .init(top: entries.isEmpty ? 0 : Double(rows.count) * Self.rowHeight + 10)
    }
    let widest = entries.map { TextWidth.of($0.name, size: Self.size) }.max() ?? 0
    return .init(right: 14 + Self.sample + widest)
  }

  /// The names with their samples.
  func markup(in frame: ChartFrame) -> [Markup] {
    isDirect ? direct(in: frame) : inRows(in: frame)
  }

  private func direct(in frame: ChartFrame) -> [Markup] {
    let ends = entries.map { frame.place($0.end ?? ChartPoint(x: 0, y: 0)) }
    let range = min(frame.top + 4, frame.bottom - 6)...frame.bottom - 6
    // Eight rows have room in any chart of a usual size; in a lower one they stand closer.
    let gap = min(16, (range.upperBound - range.lowerBound) / Double(max(1, entries.count - 1)))
    let heights =
      LabelPlacement.spread(ends.map(\.y), gap: gap, within: range) ?? ends.map(\.y)
    return entries.indices.flatMap { index in
      let (end, height) = (ends[index], heights[index])
      var parts = entry(entries[index], entries[index].name, frame.right + 8, height)
      if abs(height - end.y) > 5 || frame.right - end.x > 10 {
        parts.append(
          .element(
            "path",
            [
              "class": "leader",
              "d": "M\((end.x + 4).pixels),\(end.y.pixels)"
                + "L\((frame.right + 6).pixels),\(height.pixels)",
            ]))
      }
      return parts
    }
  }

  private func inRows(in frame: ChartFrame) -> [Markup] {
    let start = frame.top - margins.top + 3
    return rows.enumerated().flatMap { number, row in
      row.flatMap { item in
        entry(
          entries[item.index], item.name, item.x, start + Double(number) * Self.rowHeight)
      }
    }
  }

  /// The names, fitted, in rows as wide as the chart.
  private var rows: [[(index: Int, name: String, x: Double)]] {
    var rows: [[(index: Int, name: String, x: Double)]] = []
    var free = Double.infinity
    for (index, entry) in entries.enumerated() {
      let name = TextWidth.fitted(entry.name, to: width * 0.6, size: Self.size)
      let needed = Self.sample + TextWidth.of(name, size: Self.size)
      if free + needed > width - 8 {
        rows.append([])
        free = 8
      }
      rows[rows.count - 1].append((index, name, free))
      free += needed + 16
    }
    return rows
  }

  private func entry(_ entry: Entry, _ name: String, _ x: Double, _ y: Double) -> [Markup] {
    let line = Markup.element(
      "path",
      [
        "class": (entry.sample == .thin ? "thin " : "line ") + ChartTheme.color(of: entry.look),
        "stroke-dasharray": ChartTheme.dash(of: entry.look),
        "d": "M\(x.pixels),\(y.pixels)h18",
      ])
    let mark = ChartTheme.marker(of: entry.look, x + 9, y)
    let text = ChartFrame.text(name, x + Self.sample, y + 4)
    let patch = Markup.element(
      "path",
      [
        "class": ChartTheme.fill(of: entry.look), "d": "M\(x.pixels),\((y - 5).pixels)h18v10h-18z",
      ])
    switch entry.sample {
    case .line: return [line, mark, text]
    case .thin: return [line, text]
    case .mark: return [mark, text]
    case .patch: return [patch, text]
    }
  }
}
