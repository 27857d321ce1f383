extension [ChartPoint] {
  /// As many of these points as a picture can show: of each column, the first, the lowest, the
  /// highest and the last, so that no peak is lost however many points there are.
  ///
  /// - Parameters:
  ///   - frame: where they will lie; what has no place there interrupts the line, once.
  ///   - step: the width of a column, in pixels.
  func thinned(for frame: ChartFrame, step: Double = 1) -> [ChartPoint] {
    var kept: [ChartPoint] = []
    var column: [Int] = []  // indices of what is kept of this column: first, lowest, highest, last
    var number = Int.min
    func leave() {
      for index in Set(column).sorted() { kept.append(self[index]) }
      column = []
    }
    for (index, point) in enumerated() {
      guard frame.hasPlace(for: point) else {
        leave()
        number = .min
        if kept.last.map(frame.hasPlace) == true { kept.append(point) }
        continue
      }
      let own = Int((frame.place(point).x / step).rounded(.down))
      if own != number {
        leave()
        number = own
        column = [index, index, index, index]
      } else {
        if point.y < self[column[1]].y { column[1] = index }
        if point.y > self[column[2]].y { column[2] = index }
        column[3] = index
      }
    }
    leave()
    return kept
  }
}
