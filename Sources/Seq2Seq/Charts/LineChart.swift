/// Series over one another, as lines or marks, with a legend.
///
/// Millions of points make a small picture: what one cannot see is left out (`thinned`).
public struct LineChart: Sendable {
  /// What it shows; stands above it.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, the first below the others.
  public var series: [Series]
  /// How large it is.
  public var size = ChartSize.standard

  /// A chart.
  public init(title: String, x: Axis, y: Axis, series: [Series]) {
    self.title = title
    self.x = x
    self.y = y
    self.series = series
  }

  /// A file of its own, for light and dark screens.
  public var svg: String { ChartFrame.file(title, grownSize, content) }

  /// An element of a page that has `ChartTheme.css`.
  public var element: Markup { ChartFrame.element(title, grownSize, content) }

  /// Points that have no place on the axes: not finite, or not above zero on a logarithmic one.
  public var omitted: Int {
    series.reduce(0) { count, series in
      count + series.points.count { !(x.hasPlace(for: $0.x) && y.hasPlace(for: $0.y)) }
    }
  }

  private var legend: Legend {
    let entries = series.enumerated().filter { !$0.element.name.isEmpty }.map { index, series in
      Legend.Entry(
        name: series.name, look: series.look ?? index, sample: series.style.sample,
        end: series.points.last { x.hasPlace(for: $0.x) && y.hasPlace(for: $0.y) })
    }
    return Legend(entries, size: size)
  }

  /// A legend of rows takes nothing from the plot, nor does the line below it.
  private var grownSize: ChartSize {
    ChartSize(
      width: size.width, height: size.height + legend.margins.top + (note.isEmpty ? 0 : 18))
  }

  private var note: String {
    switch omitted {
    case 0: ""
    case 1: "1 point is not drawn: \(reason)"
    default: "\(omitted) points are not drawn: \(reason)"
    }
  }

  private var reason: String {
    [x, y].contains { $0.scale == .logarithmic } ? "not finite, or not above 0" : "not finite"
  }

  private var content: [Markup] {
    let whole = grownSize
    let frame = ChartFrame(
      title, axes: (x, y), points: series.flatMap(\.points),
      size: ChartSize(width: whole.width, height: whole.height - (note.isEmpty ? 0 : 18)),
      margins: legend.margins)
    var parts = frame.markup
    for (index, series) in series.enumerated() {
      parts += draw(series, look: series.look ?? index, in: frame)
    }
    parts += labels(in: frame) + legend.markup(in: frame)
    if !note.isEmpty { parts.append(ChartFrame.text(note, 8, whole.height - 8, style: "soft")) }
    return parts
  }

  private func draw(_ series: Series, look: Int, in frame: ChartFrame) -> [Markup] {
    let points = series.points.thinned(for: frame)
    var parts: [Markup] = []
    if series.style != .marks {
      parts.append(
        .element(
          "path",
          [
            "class": (series.style == .thin ? "thin " : "line ") + ChartTheme.color(of: look),
            "stroke-dasharray": ChartTheme.dash(of: look), "d": path(points, in: frame),
          ]))
    }
    guard series.style != .thin else { return parts }
    let places = points.filter(frame.hasPlace)
    // Many marks would hide the line; some tell it from others.
    let stride = series.style == .marks || places.count <= 30 ? 1 : places.count / 8
    for (index, point) in places.enumerated() where index % stride == 0 {
      let place = frame.place(point)
      parts.append(ChartTheme.marker(of: look, place.x, place.y))
    }
    return parts
  }

  /// A line through points, broken where one has no place. A point between two breaks is a dot.
  private func path(_ points: [ChartPoint], in frame: ChartFrame) -> String {
    var path = ""
    var isOpen = false
    for point in points {
      guard frame.hasPlace(for: point) else {
        isOpen = false
        continue
      }
      let place = frame.place(point)
      path += "\(isOpen ? "L" : "M")\(place.x.pixels),\(place.y.pixels)"
      if !isOpen { path += "h0" }
      isOpen = true
    }
    return path
  }

  private func labels(in frame: ChartFrame) -> [Markup] {
    let marked = series.filter { $0.style != .thin }.flatMap(\.points).filter(frame.hasPlace)
    guard series.contains(where: { !$0.labels.isEmpty }) else { return [] }
    var placement = LabelPlacement(
      within: Box(left: frame.left, top: frame.top, right: frame.right, bottom: frame.bottom),
      points: marked.map(frame.place))
    return series.flatMap { series in
      zip(series.points, series.labels).flatMap { point, text -> [Markup] in
        guard frame.hasPlace(for: point) else { return [] }
        let place = frame.place(point)
        guard let label = placement.place(text, near: place) else { return [] }
        let far = "M\(place.x.pixels),\(place.y.pixels)L\(label.x.pixels),\((label.y - 4).pixels)"
        return (label.isFar ? [.element("path", ["class": "leader", "d": far])] : [])
          + [ChartFrame.text(label.text, label.x, label.y)]
      }
    }
  }
}

extension Series.Style {
  fileprivate var sample: Legend.Sample {
    switch self {
    case .line: .line
    case .thin: .thin
    case .marks: .mark
    }
  }
}
