/// A point of a chart, in the units of its axes.
public struct ChartPoint: Sendable, Equatable {
  /// Along the horizontal axis.
  public var x: Double
  /// Along the vertical axis.
  public var y: Double

  /// A point.
  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// Points that belong together.
public struct Series: Sendable {
  /// How they are drawn.
  public enum Style: Sendable {
    /// A line, with marks on it by which it is told from others.
    case line
    /// A thin line without marks: what stands behind something else.
    case thin
    /// Marks alone.
    case marks
  }

  /// What it is called; a series without a name has no label.
  public var name: String
  /// Its points, from left to right. One that is not finite, or not above zero on a logarithmic axis,
  /// interrupts the line.
  public var points: [ChartPoint]
  /// How they are drawn.
  public var style: Style
  /// The number of its colour, dashes and marks; its place among the chart's series if nil.
  public var look: Int?
  /// Texts beside its points, one for each from the first on.
  public var labels: [String]

  /// A series.
  public init(
    _ name: String, _ points: [ChartPoint], style: Style = .line, look: Int? = nil,
    labels: [String] = []
  ) {
    self.name = name
    self.points = points
    self.style = style
    self.look = look
    self.labels = labels
  }

  /// A series over the bins of an axis.
  public init(_ name: String, _ values: [Double], style: Style = .line, look: Int? = nil) {
    let points = values.enumerated().map { ChartPoint(x: Double($0), y: $1) }
    self.init(name, points, style: style, look: look)
  }
}
