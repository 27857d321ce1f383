import Foundation

/// Where an axis has its ticks: at 1, 2 or 5 times a power of ten.
struct Ticks: Equatable {
  /// The values, ascending.
  let values: [Double]
  /// What they are called, one for each.
  let labels: [String]

  /// Ticks of equal steps, the first and the last as far out as the ends or further.
  ///
  /// - Parameters:
  ///   - ends: finite, and apart by a part of their size that Double can tell.
  ///   - count: as many ticks as there is room for, at least 2.
  ///   - isWhole: whether only whole numbers are meant.
  static func linear(_ ends: ClosedRange<Double>, count: Int, isWhole: Bool = false) -> Ticks {
    var step = niceStep(atLeast: (ends.upperBound - ends.lowerBound) / Double(max(count - 1, 1)))
    if isWhole { step = max(step, 1) }
    // A hair of rounding makes no further tick.
    func outer(_ step: Double) -> ClosedRange<Double> {
      let first = (ends.lowerBound / step + 1e-9).rounded(.down)
      return first...max(first, (ends.upperBound / step - 1e-9).rounded(.up))
    }
    // Both ends may lie just beyond a tick.
    while outer(step).upperBound - outer(step).lowerBound > Double(max(count, 2)) {
      step = niceStep(atLeast: step * 1.5)
    }
    let (first, last) = (Int(outer(step).lowerBound), Int(outer(step).upperBound))
    let values = (first...max(last, first + 1)).map { Double($0) * step }
    return Ticks(values: values, labels: labels(of: values, step: step))
  }

  /// Ticks at powers of ten, and between them where that leaves few; as far out as the ends.
  ///
  /// - Parameters:
  ///   - ends: above zero.
  ///   - count: about as many ticks as there is room for.
  static func logarithmic(_ ends: ClosedRange<Double>, count: Int) -> Ticks {
    let low = Int(log10(ends.lowerBound).rounded(.down))
    let high = Int(log10(ends.upperBound).rounded(.up))
    for parts in [[1, 1.5, 2, 3, 4, 5, 6, 8], [1, 2, 5], [1]] as [[Double]] {
      let all = (low...high).flatMap { power in parts.map { $0 * pow(10, Double(power)) } }
      let below = all.lastIndex { $0 <= ends.lowerBound * (1 + 1e-9) } ?? 0
      let above = all.firstIndex { $0 >= ends.upperBound * (1 - 1e-9) } ?? all.count - 1
      let values = Array(all[below...max(above, below)])
      if values.count <= count, values.count > 1 {
        return Ticks(values: values, labels: values.map(NumberText.short))
      }
    }
    let stride = max(1, (high - low + count - 2) / max(count - 1, 1))
    let values = Swift.stride(from: low, to: high + stride, by: stride).map {
      pow(10, Double($0))
    }
    return Ticks(values: values, labels: values.map(NumberText.short))
  }

  /// Ticks of equal steps within ends, about as many as there is room for.
  static func within(_ ends: ClosedRange<Double>, count: Int, isWhole: Bool) -> Ticks {
    var step = niceStep(atLeast: 0.7 * (ends.upperBound - ends.lowerBound) / Double(count))
    if isWhole { step = max(step, 1) }
    let first = Int((ends.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((ends.upperBound / step + 1e-9).rounded(.down))
    let values = first > last ? [] : (first...last).map { Double($0) * step }
    return Ticks(values: values, labels: labels(of: values, step: step))
  }

  /// The ends of a logarithmic axis over values above zero.
  static func enclosing(_ values: ClosedRange<Double>) -> ClosedRange<Double> {
    let (low, high) = (values.lowerBound, values.upperBound)
    let parts = [1, 1.5, 2, 3, 5, 7, 10]
    let (below, above) = (
      pow(10, log10(low).rounded(.down)), pow(10, log10(high).rounded(.down))
    )
    let first = parts.last { $0 * below <= low * (1 + 1e-9) } ?? 1
    let last = parts.first { $0 * above >= high * (1 - 1e-9) } ?? 10
    return first * below...last * above
  }

  /// The ticks that lie between ends.
  func between(_ ends: ClosedRange<Double>) -> Ticks {
    let kept = values.indices.filter { ends.contains(values[$0]) }
    return Ticks(values: kept.map { values[$0] }, labels: kept.map { labels[$0] })
  }

  /// The least of 1, 2 and 5 times a power of ten that is not less than a number above zero.
  private static func niceStep(atLeast least: Double) -> Double {
    let power = pow(10, log10(least).rounded(.down))
    return [1, 2, 5].map { $0 * power }.first { $0 >= least * (1 - 1e-9) } ?? 10 * power
  }

  /// Labels of one axis: all with the same digits and the same unit.
  private static func labels(of values: [Double], step: Double) -> [String] {
    let largest = values.map(abs).max() ?? 0
    guard largest < 1e15, step >= 1e-6 else { return values.map(NumberText.short) }
    let unit = [(1e12, " T"), (1e9, " G"), (1e6, " M")].first { largest >= $0.0 } ?? (1, "")
    let digits = max(0, Int(-log10(step / unit.0 * (1 + 1e-9)).rounded(.down)))
    return values.map {
      $0 == 0 ? "0" : NumberText.fixed($0 / unit.0, digits: digits) + unit.1
    }
  }
}
