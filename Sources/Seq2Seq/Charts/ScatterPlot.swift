/// Points with labels beside them, which overlap neither one another nor a point; a label that has no room is
/// left out, and counted.
public struct ScatterPlot: Sendable {
  /// What it shows; stands above it.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The points.
  public var points: [ChartPoint]
  /// Of each point from the first on, its label.
  public var labels: [String]
  /// How large it is.
  public var size = ChartSize(width: 720, height: 560)

  /// Of so many points the labels are tried; there is no room for more.
  private static let labelLimit = 1000
  /// A longer label loses its end, in pixels.
  private static let widest = 240.0

  /// A plot.
  public init(title: String, x: Axis, y: Axis, points: [ChartPoint], labels: [String]) {
    self.title = title
    self.x = x
    self.y = y
    self.points = points
    self.labels = labels
  }

  /// A file of its own, for light and dark screens; and how many labels are left out.
  public var svg: (text: String, omitted: Int) {
    let (content, omitted) = drawn
    return (ChartFrame.file(title, size, content), omitted)
  }

  /// An element of a page that has `ChartTheme.css`.
  public var element: Markup { ChartFrame.element(title, size, drawn.content) }

  private var drawn: (content: [Markup], omitted: Int) {
    // The note has its own line below the chart.
    let frame = ChartFrame(
      title, axes: (x, y), points: points + margins,
      size: ChartSize(width: size.width, height: size.height - 18))
    let marks = points.filter(frame.hasPlace).map(frame.place)
    var content = frame.markup
    content += marks.map { ChartTheme.marker(of: 0, $0.x, $0.y) }
    let placed = placed(in: frame)
    for (point, label) in placed.labels { content += markup(of: label, near: point) }
    if placed.omitted > 0 {
      let note =
        "\(placed.omitted) of \(placed.omitted + placed.labels.count) labels have no room here"
      content.append(ChartFrame.text(note, 8, size.height - 8, style: "soft"))
    }
    return (content, placed.omitted)
  }

  /// A label, and the line to its point if it is far from it. It is held at its side towards the point, for most
  /// fonts are narrower than the room that it was given.
  private func markup(
    of label: LabelPlacement.Label, near point: (x: Double, y: Double)
  ) -> [Markup] {
    let width = TextWidth.of(label.text, size: ChartTheme.textSize)
    let (anchor, x) =
      label.x > point.x
      ? ("start", label.x)
      : label.x + width < point.x ? ("end", label.x + width) : ("middle", label.x + width / 2)
    let text = ChartFrame.text(label.text, x, label.y, anchor: anchor)
    guard label.isFar else { return [text] }
    // To the text's lower or upper edge, where it is above or below, so that the line is not in it.
    let edge = label.y + 3 < point.y ? 3.0 : label.y - 11 > point.y ? -11 : -4
    let end = "M\(point.x.pixels),\(point.y.pixels)L\(x.pixels),\((label.y + edge).pixels)"
    return [.element("path", ["class": "leader", "d": end]), text]
  }

  /// The labels that have room, and how many have none.
  func placed(
    in frame: ChartFrame
  ) -> (labels: [(point: (x: Double, y: Double), label: LabelPlacement.Label)], omitted: Int) {
    var placement = LabelPlacement(
      within: Box(left: frame.left, top: frame.top, right: frame.right, bottom: frame.bottom),
      points: points.filter(frame.hasPlace).map(frame.place))
    var (labels, omitted): ([(point: (x: Double, y: Double), label: LabelPlacement.Label)], Int) =
      ([], 0)
    for (index, (point, text)) in zip(points, self.labels).enumerated() where !text.isEmpty {
      guard index < Self.labelLimit, frame.hasPlace(for: point),
        let label = placement.place(
          TextWidth.fitted(text, to: Self.widest, size: ChartTheme.textSize),
          near: frame.place(point))
      else {
        omitted += 1
        continue
      }
      labels.append((frame.place(point), label))
    }
    return (labels, omitted)
  }

  /// Corners a little outside of the points, so that none lies on an edge.
  private var margins: [ChartPoint] {
    func ends(_ values: [Double]) -> (low: Double, high: Double) {
      let (low, high) = (values.min() ?? 0, values.max() ?? 1)
      return (low - 0.06 * (high - low), high + 0.06 * (high - low))
    }
    guard x.scale == .linear, y.scale == .linear else { return [] }
    let shown = points.filter { x.hasPlace(for: $0.x) && y.hasPlace(for: $0.y) }
    let (width, height) = (ends(shown.map(\.x)), ends(shown.map(\.y)))
    return [
      ChartPoint(x: width.low, y: height.low), ChartPoint(x: width.high, y: height.high),
    ]
  }
}
