/// Numbers of a table as shades: the darker, the larger. Rows and columns have words.
public struct HeatMap: Sendable {
  /// What it shows.
  public var title: String
  /// The words at the left, from the top down.
  public var rows: [String]
  /// The words above, from left to right.
  public var columns: [String]
  /// A number from 0 to 1 for each row and column.
  public var values: [[Double]]
  private static let cell = 22.0
  private static let labelLimit = 110.0

  /// A heat map.
  ///
  /// - Precondition: there is a number for each row and column.
  public init(title: String, rows: [String], columns: [String], values: [[Double]]) {
    precondition(values.count == rows.count && values.allSatisfy { $0.count == columns.count })
    self.title = title
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// A file of its own, for light and dark screens.
  public var svg: String { ChartFrame.file(title, size, content) }

  /// An element of a page that has `ChartTheme.css`.
  public var element: Markup { ChartFrame.element(title, size, content, isGrown: false) }

  private func labels(_ words: [String]) -> [String] {
    words.map { TextWidth.fitted($0, to: Self.labelLimit, size: ChartTheme.textSize) }
  }

  private func widest(_ words: [String]) -> Double {
    labels(words).map { TextWidth.of($0, size: ChartTheme.textSize) }.max() ?? 0
  }

  private var left: Double { widest(rows) + 16 }
  private var top: Double { (title.isEmpty ? 0 : 32) + widest(columns) + 10 }

  private var size: ChartSize {
    ChartSize(
      width: max(left + Double(columns.count) * Self.cell + 8, 240),
      height: top + Double(rows.count) * Self.cell + 8)
  }

  private var content: [Markup] {
    var parts: [Markup] = []
    if !title.isEmpty {
      let text = TextWidth.fitted(title, to: size.width - 16, size: ChartTheme.titleSize * 1.06)
      parts.append(ChartFrame.text(text, 8, 20, style: "title"))
    }
    for (column, word) in labels(columns).enumerated() {
      let x = left + (Double(column) + 0.5) * Self.cell + 4
      let turn = "translate(\(x.pixels),\((top - 6).pixels)) rotate(-90)"
      parts.append(.element("text", ["class": "t", "transform": turn], Markup(word)))
    }
    for (row, word) in labels(rows).enumerated() {
      let y = top + Double(row) * Self.cell
      parts.append(ChartFrame.text(word, left - 8, y + 15, anchor: "end"))
      parts += columns.indices.map { cell(values[row][$0], at: left + Double($0) * Self.cell, y) }
    }
    return parts
  }

  private func cell(_ value: Double, at x: Double, _ y: Double) -> Markup {
    // Hundredths are what an eye can tell, and what is 0 is an empty cell.
    let shade = min(max(value.isFinite ? value : 0, 0), 1)
    return .element(
      "rect",
      [
        "class": "m0", "x": (x + 1).pixels, "y": (y + 1).pixels, "width": "20", "height": "20",
        "rx": "2", "fill-opacity": NumberText.fixed(0.05 + 0.95 * shade, digits: 2),
      ], .element("title", [:], Markup(NumberText.fixed(shade, digits: 2))))
  }
}
