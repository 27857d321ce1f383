/// What each rank did when.
struct TimelineSection: ReportSection {
  let title = "Timeline"
  /// A file for all runs; nil for `timeline.json` in each run's folder.
  let file: String?
  /// Things that a rank does in the part that is drawn.
  private static let shown = 100

  func content(of runs: [LoggedRun]) throws -> [Markup] {
    if let file { return try figures(TimelineFile(file), name: file) }
    var parts: [Markup] = []
    for run in runs {
      let path = run.path + "/timeline.json"
      guard FileState(path: path) != nil else { continue }
      parts += try figures(TimelineFile(path), name: run.name)
    }
    return parts
  }

  private func figures(_ timeline: TimelineFile, name: String) -> [Markup] {
    guard timeline.end > 0 else { return [.paragraph("\(name): nothing was recorded.")] }
    let window = timeline.window(of: Self.shown)
    let bars = timeline.ranks.map { rank in
      IntervalChart.Row(
        name: rank.name,
        intervals: rank.intervals.compactMap { interval in
          guard interval.end > window.lowerBound, interval.start < window.upperBound else {
            return nil
          }
          return IntervalChart.Interval(
            kind: Timeline.Activity.allCases.firstIndex(of: interval.activity) ?? 0,
            start: 1000 * (interval.start - window.lowerBound),
            end: 1000 * (interval.end - window.lowerBound))
        })
    }
    let chart = IntervalChart(
      title: name, axis: Axis("milliseconds"),
      kinds: Timeline.Activity.allCases.map(\.rawValue), rows: bars,
      length: 1000 * (window.upperBound - window.lowerBound))
    let caption =
      "\(NumberText.short(chart.length)) ms of \(NumberText.short(timeline.end)) s that were recorded, "
      + "from \(NumberText.short(window.lowerBound)) s on. Perfetto and Chrome open the whole file."
    return [.figure(chart.element, caption: caption, table: table(timeline), isWide: true)]
  }

  private func table(_ timeline: TimelineFile) -> Markup {
    let rows = timeline.ranks.indices.map { rank in
      [Markup(timeline.ranks[rank].name)]
        + Timeline.Activity.allCases.map { activity in
          let seconds = timeline.seconds(rank, activity)
          let percent = NumberText.fixed(100 * seconds / timeline.end, digits: 1)
          return "\(NumberText.fixed(seconds, digits: 3)) s, \(percent) %"
        }
    }
    return .table(["rank"] + Timeline.Activity.allCases.map(\.rawValue), rows)
  }
}
