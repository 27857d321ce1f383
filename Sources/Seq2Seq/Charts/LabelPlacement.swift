/// A part of a picture.
struct Box: Equatable {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  func overlaps(_ other: Box) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  func contains(_ other: Box) -> Bool {
    left <= other.left && top <= other.top && right >= other.right && bottom >= other.bottom
  }
}

/// Finds places for labels beside points, so that none lies on another label or on a point.
struct LabelPlacement {
  /// A label that has a place.
  struct Label {
    let text: String
    /// The start of its baseline.
    let x: Double
    let y: Double
    /// Whether it lies so far from its point that a line must lead there.
    let isFar: Bool
  }

  private let edges: Box
  private var taken: [Box]
  private static let size = ChartTheme.textSize

  /// - Parameters:
  ///   - edges: what labels must stay in.
  ///   - points: their centres, on which no label may lie.
  init(within edges: Box, points: [(x: Double, y: Double)]) {
    self.edges = edges
    taken = points.map {
      Box(left: $0.x - 3, top: $0.y - 3, right: $0.x + 3, bottom: $0.y + 3)
    }
  }

  /// Finds a place for a label near a point, and takes it.
  ///
  /// - Returns: nil if there is none within 60 pixels.
  mutating func place(_ text: String, near point: (x: Double, y: Double)) -> Label? {
    let width = TextWidth.of(text, size: Self.size)
    let reach = Box(
      left: point.x - 60 - width, top: point.y - 80, right: point.x + 60 + width,
      bottom: point.y + 80)
    let near = taken.filter(reach.overlaps)
    for distance in [7.0, 12, 20, 30, 45, 60] {
      let diagonal = distance * 0.7
      // The left edge and the middle of the height, relative to the point: right, left, above, below,
      // and the corners.
      for (dx, dy) in [
        (distance, 0), (-distance - width, 0), (-width / 2, -distance - 4),
        (-width / 2, distance + 4), (diagonal, -diagonal - 3), (diagonal, diagonal + 3),
        (-diagonal - width, -diagonal - 3), (-diagonal - width, diagonal + 3),
      ] {
        let (left, middle) = (point.x + dx, point.y + dy)
        let box = Box(left: left, top: middle - 7, right: left + width, bottom: middle + 7)
        guard edges.contains(box), !near.contains(where: box.overlaps) else { continue }
        taken.append(box)
        return Label(text: text, x: left, y: middle + 4, isFar: distance > 12)
      }
    }
    return nil
  }

  /// Moves heights apart until each has `gap` to the next, within a range; their order stays.
  ///
  /// - Returns: a height for each; nil if the range has no room for all.
  static func spread(
    _ heights: [Double], gap: Double, within range: ClosedRange<Double>
  ) -> [Double]? {
    guard Double(heights.count - 1) * gap <= range.upperBound - range.lowerBound else { return nil }
    let order = heights.indices.sorted { (heights[$0], $0) < (heights[$1], $1) }
    var placed = order.map { min(max(heights[$0], range.lowerBound), range.upperBound) }
    for index in placed.indices.dropFirst() {
      placed[index] = max(placed[index], placed[index - 1] + gap)
    }
    // What was pushed out below pushes back up.
    var limit = range.upperBound
    for index in placed.indices.reversed() {
      placed[index] = min(placed[index], limit)
      limit = placed[index] - gap
    }
    var result = heights
    for (index, place) in zip(order, placed) { result[index] = place }
    return result
  }
}
