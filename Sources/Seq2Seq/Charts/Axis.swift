import Foundation

/// An axis of a chart: what it shows, and how.
public struct Axis: Sendable, Equatable {
  /// How values become places.
  public enum Scale: Sendable {
    /// Equal steps.
    case linear
    /// Equal factors; only values above zero have a place.
    case logarithmic
  }

  /// What its values are, with the unit.
  public var title: String
  /// How values become places.
  public var scale: Scale
  /// Whether zero is shown however far the values are from it; of a linear axis.
  public var includesZero: Bool
  /// Whether its values count something, so that there is no tick between 1 and 2.
  public var isWhole: Bool
  /// The names of bins, such as "1–10": value 0 is the first one's place. None for numbers.
  public var bins: [String]

  /// An axis of numbers.
  public init(
    _ title: String, scale: Scale = .linear, includesZero: Bool = false, isWhole: Bool = false
  ) {
    self.title = title
    self.scale = scale
    self.includesZero = includesZero
    self.isWhole = isWhole
    bins = []
  }

  /// An axis of named bins.
  public init(_ title: String, bins: [String]) {
    self.init(title)
    self.bins = bins
  }

  /// Whether a value has a place on the axis; infinities, no numbers and what Double cannot take
  /// differences of have none.
  func hasPlace(for value: Double) -> Bool {
    guard value.isFinite, abs(value) < 1e300 else { return false }
    return scale == .linear || value > 1e-300
  }
}

/// An axis with its ends and ticks.
struct PlacedAxis {
  let axis: Axis
  let ends: ClosedRange<Double>
  let ticks: Ticks

  /// Places an axis over values.
  ///
  /// - Parameters:
  ///   - values: those that have a place; there may be none.
  ///   - count: ticks that there is room for.
  ///   - isTight: whether the axis ends with the values, not with a tick.
  init(_ axis: Axis, over values: [Double], count: Int, isTight: Bool = false) {
    self.axis = axis
    guard axis.bins.isEmpty else {
      ends = -0.5...Double(axis.bins.count) - 0.5
      ticks = Ticks(values: axis.bins.indices.map(Double.init), labels: axis.bins)
      return
    }
    let span = Self.span(of: values, axis)
    switch (axis.scale, isTight) {
    case (.linear, false):
      ticks = .linear(span, count: count, isWhole: axis.isWhole)
      ends = ticks.values[0]...ticks.values[ticks.values.count - 1]
    case (.linear, true):
      ticks = .within(span, count: count, isWhole: axis.isWhole)
      ends = span
    case (.logarithmic, false) where span.upperBound < 3 * span.lowerBound:
      // Too few powers and their multiples to name.
      let all = Ticks.linear(span, count: count)
      ends = (all.values[0] > 0 ? all.values[0] : span.lowerBound)...(all.values.last ?? 1)
      ticks = all.between(ends)
    case (.logarithmic, _):
      ends = isTight ? span : Ticks.enclosing(span)
      ticks = Ticks.logarithmic(span, count: count).between(ends)
    }
  }

  /// Where a value lies between the axis' ends, 0...1.
  func fraction(_ value: Double) -> Double {
    guard axis.scale == .logarithmic else {
      return (value - ends.lowerBound) / (ends.upperBound - ends.lowerBound)
    }
    return log(value / ends.lowerBound) / log(ends.upperBound / ends.lowerBound)
  }

  /// From the least value to the largest, but wide enough to be parted.
  private static func span(of values: [Double], _ axis: Axis) -> ClosedRange<Double> {
    var low = values.min() ?? (axis.scale == .linear ? 0 : 1)
    var high = values.max() ?? low
    if axis.scale == .logarithmic {
      return high < low * 1.001 ? low / 1.2...high * 1.2 : low...high
    }
    if axis.includesZero { (low, high) = (min(low, 0), max(high, 0)) }
    let size = max(abs(low), abs(high))
    guard high - low <= max(size * 1e-6, 1e-12) else { return low...high }
    if size < 1e-12 { return 0...1 }
    return low - size * 0.05...high + size * 0.05
  }
}
