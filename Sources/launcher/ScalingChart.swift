import Foundation
import Seq2Seq

/// A chart of words per second against ranks, with the line that perfect scaling would draw.
struct ScalingChart {
  private let results: [BenchmarkResult]
  private let width = 640.0
  private let height = 400.0
  private let left = 80.0
  private let right = 30.0
  private let top = 40.0
  private let bottom = 50.0

  init(_ results: [BenchmarkResult]) { self.results = results }

  /// The picture.
  var svg: String {
    let ranks = Double(results.map(\.ranks).max() ?? 1)
    let base = results.first.map { $0.wordsPerSecond / Double($0.ranks) } ?? 1
    let most = max(results.map(\.wordsPerSecond).max() ?? 1, base * ranks) * 1.08
    func x(_ value: Double) -> Double { left + value / (ranks * 1.05) * (width - left - right) }
    func y(_ value: Double) -> Double { height - bottom - value / most * (height - top - bottom) }
    func text(_ x: Double, _ y: Double, _ text: String, anchor: String = "middle") -> String {
      "<text x=\"\(Int(x))\" y=\"\(Int(y))\" text-anchor=\"\(anchor)\">\(text)</text>"
    }
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
      font-family="sans-serif" font-size="13">
      <rect width="100%" height="100%" fill="white"/>
      <path d="M\(x(0)) \(y(most)) V\(y(0)) H\(width - right)" fill="none" stroke="#444"/>
      <path d="M\(x(0)) \(y(0)) L\(x(ranks)) \(y(base * ranks))" stroke="#999" stroke-dasharray="5 4"/>
      """,
      text(width / 2, 22, "Training: words per second against ranks"),
      text(width / 2, height - 12, "ranks"),
      text(x(ranks) - 6, y(base * ranks) - 8, "ideal", anchor: "end"),
    ]
    let step = pow(10, floor(log10(most / 2)))
    for tick in stride(from: 0, through: most, by: step * (most / step > 6 ? 2 : 1)) {
      parts.append(text(left - 8, y(tick) + 4, grouped(Int(tick)), anchor: "end"))
      parts.append("<path d=\"M\(x(0)) \(y(tick)) H\(width - right)\" stroke=\"#eee\"/>")
    }
    for count in Set(results.map(\.ranks)).sorted() {
      parts.append(text(x(Double(count)), height - bottom + 18, "\(count)"))
    }
    for group in Dictionary(grouping: results, by: \.ranks).values {
      var lowest = -Double.infinity  // labels of one number of ranks keep clear of one another
      for result in group.sorted(by: { $0.wordsPerSecond > $1.wordsPerSecond }) {
        let (px, py) = (x(Double(result.ranks)), y(result.wordsPerSecond))
        lowest = max(py, lowest + 16)
        parts.append("<circle cx=\"\(px)\" cy=\"\(py)\" r=\"5\" fill=\"#2266bb\"/>")
        parts.append(text(px - 10, lowest + 4, result.grid, anchor: "end"))
      }
    }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }
}
