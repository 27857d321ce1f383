/// What was logged, over the steps: the runs over one another.
struct CurvesSection: ReportSection {
  let title = "Curves"

  /// One chart of the section.
  private struct Quantity {
    let title: String
    let axis: Axis
    let value: (TrainingMetrics) -> Double?
    /// Whether it is one of training steps, or of validations as well.
    let isOfTrainingAlone: Bool
    let caption: String
  }

  func content(of runs: [LoggedRun]) -> [Markup] {
    let figures = quantities(of: runs).compactMap { figure($0, of: runs) }
    return figures.isEmpty ? [] : [.element("div", ["class": "figures"], figures)]
  }

  private func quantities(of runs: [LoggedRun]) -> [Quantity] {
    let units = Set(runs.compactMap { $0.configuration?.lossUnit.rawValue })
    let unit = units.count == 1 ? "−log p per \(units.first ?? "")" : "−log p"
    let note = units.count > 1 ? " Runs divide it by different things: training.lossPer." : ""
    return [
      Quantity(
        title: "Perplexity", axis: Axis("of a target symbol, logarithmic", scale: .logarithmic),
        value: \.perplexity, isOfTrainingAlone: false, caption: ""),
      Quantity(
        title: "Loss", axis: Axis(unit), value: \.loss, isOfTrainingAlone: false, caption: note),
      Quantity(
        title: "Exactly right", axis: Axis("% of the validation lines", includesZero: true),
        value: { $0.exact.map { 100 * $0 } }, isOfTrainingAlone: false, caption: ""),
      Quantity(
        title: "Learning rate", axis: Axis("factor of the update", includesZero: true),
        value: \.learningRate, isOfTrainingAlone: true, caption: ""),
      Quantity(
        title: "Gradient norm", axis: Axis("before clipping, logarithmic", scale: .logarithmic),
        value: \.gradientNorm, isOfTrainingAlone: true,
        caption: "Of the last step before each line of the log."),
      Quantity(
        title: "Speed", axis: Axis("words per second", includesZero: true),
        value: { $0.validation == true ? nil : $0.wordsPerSecond }, isOfTrainingAlone: true,
        caption: "Source and target words, without validations."),
    ]
  }

  private func figure(_ quantity: Quantity, of runs: [LoggedRun]) -> Markup? {
    var series: [Series] = []
    for (look, run) in runs.enumerated() {
      let training = points(quantity, of: run.training)
      let validation = quantity.isOfTrainingAlone ? [] : points(quantity, of: run.validations)
      if !training.isEmpty {
        let name =
          validation.isEmpty ? run.name : runs.count == 1 ? "training" : ""
        series.append(Series(name, training, style: .thin, look: look))
      }
      if !validation.isEmpty {
        let name = runs.count == 1 ? "validation" : run.name
        series.append(Series(name, validation, style: .line, look: look))
      }
    }
    guard !series.isEmpty else { return nil }
    // One run alone needs no name.
    if series.count == 1, runs.count == 1 { series[0].name = "" }
    let chart = LineChart(
      title: quantity.title, x: Axis("step", includesZero: true, isWhole: true), y: quantity.axis,
      series: series)
    let hasBoth = Set(series.map { "\($0.style)" }).count == 2 && runs.count > 1
    let caption = hasBoth ? "Thin: training. With marks: validation." : ""
    return .figure(
      chart.element, caption: caption + quantity.caption,
      table: NumberTable(quantity.title, runs: runs, value: quantity.value).markup)
  }

  private func points(_ quantity: Quantity, of metrics: [TrainingMetrics]) -> [ChartPoint] {
    metrics.compactMap { line in
      quantity.value(line).map { ChartPoint(x: Double(line.step), y: $0) }
    }
  }
}

/// The numbers behind a chart: some of them, where there are many.
struct NumberTable {
  private let columns: [(name: String, values: [Int: Double])]
  private let count: Int
  /// Rows of one column at most.
  private static let rowLimit = 40

  /// - Parameters:
  ///   - title: of the quantity.
  ///   - runs: what was logged.
  ///   - value: of the quantity in a line of metrics.
  init(_ title: String, runs: [LoggedRun], value: (TrainingMetrics) -> Double?) {
    var columns: [(name: String, values: [Int: Double])] = []
    for run in runs {
      for (kind, lines) in [("training", run.training), ("validation", run.validations)] {
        var values: [Int: Double] = [:]
        for line in lines { values[line.step] = value(line) }
        guard !values.isEmpty else { continue }
        columns.append((runs.count == 1 ? kind : "\(run.name), \(kind)", values))
      }
    }
    self.columns = columns
    count = columns.map(\.values.count).max() ?? 0
  }

  /// The table.
  var markup: Markup {
    var steps: Set<Int> = []
    for column in columns {
      let all = column.values.keys.sorted()
      let stride = (all.count + Self.rowLimit - 1) / Self.rowLimit
      // From the end: the last one is what came of it.
      for index in all.indices where (all.count - 1 - index) % max(1, stride) == 0 {
        steps.insert(all[index])
      }
    }
    let rows = steps.sorted().map { step in
      [Markup(NumberText.whole(step))]
        + columns.map { Markup($0.values[step].map(NumberText.short) ?? "") }
    }
    let table = Markup.table(["step"] + columns.map(\.name), rows)
    guard count > Self.rowLimit else { return table }
    return .paragraph("Some of them; metrics.jsonl has all.") + table
  }
}
