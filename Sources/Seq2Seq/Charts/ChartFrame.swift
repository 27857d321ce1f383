/// How large a chart is, in pixels of its own; a page may scale it.
public struct ChartSize: Sendable, Equatable {
  /// From left to right.
  public var width: Double
  /// From top to bottom.
  public var height: Double

  /// A size.
  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// Two of them stand beside one another on a page, and one fits a phone with letters that can be
  /// read.
  public static let standard = ChartSize(width: 480, height: 300)
}

/// What all charts with two axes have: the title, the grid with its labels, and where a value lies.
///
/// The vertical axis' title stands above it, where it is read without turning the head.
struct ChartFrame {
  /// Room that a chart's own labels take.
  struct Margins {
    /// Between the titles and the plot.
    var top = 0.0
    /// To the right of the plot.
    var right = 0.0
  }

  let title: String
  let size: ChartSize
  let x: PlacedAxis
  let y: PlacedAxis
  /// The plot's edges.
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  /// Lays a chart out.
  ///
  /// - Parameters:
  ///   - axes: the horizontal and the vertical one.
  ///   - points: all that are to have a place.
  ///   - left: the plot's left edge; that of the vertical axis' labels if nil.
  init(
    _ title: String, axes: (x: Axis, y: Axis), points: [ChartPoint], size: ChartSize,
    margins: Margins = Margins(), left: Double? = nil
  ) {
    self.title = title
    self.size = size
    let shown = points.filter { axes.x.hasPlace(for: $0.x) && axes.y.hasPlace(for: $0.y) }
    top = (title.isEmpty ? 32 : 54) + margins.top
    bottom = size.height - 42
    let rows = max(2, Int((bottom - top) / 26))
    y = PlacedAxis(axes.y, over: shown.map(\.y), count: rows)
    self.left = left ?? 14 + Self.widest(y.ticks.labels)
    let columns = max(2, Int((size.width - self.left - margins.right) / 72))
    x = PlacedAxis(axes.x, over: shown.map(\.x), count: columns, isTight: true)
    // The last label is centred below the plot's end, or near it.
    right = size.width - max(margins.right, 8 + Self.widest(x.ticks.labels.suffix(1)) / 2)
  }

  private static func widest(_ labels: some Sequence<String>) -> Double {
    labels.map { TextWidth.of($0, size: ChartTheme.textSize) }.max() ?? 0
  }

  /// Where a point lies.
  func place(_ point: ChartPoint) -> (x: Double, y: Double) {
    (
      left + x.fraction(point.x) * (right - left),
      bottom - y.fraction(point.y) * (bottom - top)
    )
  }

  /// Whether a point has a place.
  func hasPlace(for point: ChartPoint) -> Bool {
    x.axis.hasPlace(for: point.x) && y.axis.hasPlace(for: point.y)
  }

  /// The titles, the grid and its labels.
  var markup: [Markup] { headings + rows + columns }

  /// The titles of the chart and of its axes.
  var headings: [Markup] {
    var parts: [Markup] = []
    let room = size.width - 16
    if !title.isEmpty {
      let text = TextWidth.fitted(title, to: room, size: ChartTheme.titleSize * 1.06)
      parts.append(Self.text(text, 8, 20, style: "title"))
    }
    parts.append(
      Self.text(
        TextWidth.fitted(y.axis.title, to: room, size: ChartTheme.textSize), 8,
        title.isEmpty ? 16 : 39, style: "soft"))
    parts.append(
      Self.text(
        TextWidth.fitted(x.axis.title, to: right - left, size: ChartTheme.textSize),
        (left + right) / 2, size.height - 8, anchor: "middle", style: "soft"))
    return parts
  }

  private var rows: [Markup] {
    zip(y.ticks.values, y.ticks.labels).flatMap { value, label in
      let height = bottom - y.fraction(value) * (bottom - top)
      return [
        .element(
          "path",
          [
            "class": height == bottom ? "base" : "grid",
            "d": "M\(left.pixels),\(height.pixels)H\(right.pixels)",
          ]), Self.text(label, left - 6, height + 4, anchor: "end"),
      ]
    }
  }

  /// The ticks of the horizontal axis.
  var columns: [Markup] {
    var parts: [Markup] = []
    var free = -Double.infinity
    for (value, label) in zip(x.ticks.values, x.ticks.labels) {
      let place = left + x.fraction(value) * (right - left)
      parts.append(
        .element("path", ["class": "base", "d": "M\(place.pixels),\(bottom.pixels)v4"]))
      // A label that has no room is left out, and its tick stays.
      let half = TextWidth.of(label, size: ChartTheme.textSize) / 2
      guard place - half >= max(free, 0), place + half <= size.width else { continue }
      free = place + half + 5
      parts.append(Self.text(label, place, bottom + 17, anchor: "middle"))
    }
    return parts
  }

  /// A text, its baseline at a height.
  static func text(
    _ text: String, _ x: Double, _ y: Double, anchor: String = "start", style: String = ""
  ) -> Markup {
    .element(
      "text",
      ["class": style.isEmpty ? "t" : style, "x": x.pixels, "y": y.pixels, "text-anchor": anchor],
      Markup(text))
  }

  /// A chart as an element of a page, which has the style sheet.
  ///
  /// - Parameter isGrown: whether the page may draw it larger than it is.
  static func element(
    _ title: String, _ size: ChartSize, _ content: [Markup], isGrown: Bool = true
  ) -> Markup {
    .element(
      "svg",
      [
        "style": isGrown ? "width: 100%" : "max-width: \(size.width.pixels)px",
        "xmlns": "http://www.w3.org/2000/svg", "class": "chart", "role": "img",
        "aria-label": title, "viewBox": "0 0 \(size.width.pixels) \(size.height.pixels)",
      ], [content.joined])
  }

  /// A chart as a file of its own.
  static func file(_ title: String, _ size: ChartSize, _ content: [Markup]) -> String {
    let paper = Markup.element("rect", ["class": "paper", "width": "100%", "height": "100%"])
    return element(title, size, [.style(ChartTheme.css), paper] + content).characters + "\n"
  }
}
