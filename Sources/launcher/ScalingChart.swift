import Seq2Seq

/// A chart of words per second against ranks, with the line that perfect scaling would draw.
struct ScalingChart {
  private let results: [BenchmarkResult]

  init(_ results: [BenchmarkResult]) { self.results = results }

  /// The picture.
  var svg: String {
    var chart = LineChart(
      title: "Training: words per second against ranks",
      x: Axis("ranks", includesZero: true, isWhole: true),
      y: Axis("words per second", includesZero: true), series: [ideal, measured])
    chart.size = ChartSize(width: 640, height: 400)
    return chart.svg
  }

  /// What each rank of the first grid did, for as many ranks as there are.
  private var ideal: Series {
    let ranks = Double(results.map(\.ranks).max() ?? 1)
    let base = results.first.map { $0.wordsPerSecond / Double($0.ranks) } ?? 1
    let points = [ChartPoint(x: 0, y: 0), ChartPoint(x: ranks, y: base * ranks)]
    return Series("ideal", points, style: .thin, look: 1)
  }

  private var measured: Series {
    let points = results.map { ChartPoint(x: Double($0.ranks), y: $0.wordsPerSecond) }
    return Series("measured", points, style: .marks, look: 0, labels: results.map(\.grid))
  }
}
