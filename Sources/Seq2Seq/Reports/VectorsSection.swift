/// Where the sentences of the validation text lie: the encoder's final states along their first two
/// principal components (Sutskever et al. 2014, figure 2).
final class VectorsSection: ReportSection {
  let title = "Sentence vectors"
  private let options: SampleOptions
  private var cache: [String: (model: [FileState?], figure: Markup?)] = [:]
  /// Sentences of a plot, whose labels mostly find room.
  private static let count = 30

  init(_ options: SampleOptions) {
    var options = options
    // None of anything where no samples are wanted.
    options.count = options.count == 0 ? 0 : max(options.count, Self.count)
    self.options = options
  }

  func content(of runs: [LoggedRun]) throws -> [Markup] {
    guard options.count > 0 else { return [] }
    let figures = try runs.compactMap { try figure(of: $0) }
    guard !figures.isEmpty else { return [] }
    let lead = """
      Lines of the validation text, or of --source, where the encoder's final state puts them: lines \
      that it holds to be alike lie side by side.
      """
    return [
      .element("p", ["class": "soft"], Markup(lead)),
      .element("div", ["class": "figures"], figures),
    ]
  }

  private func figure(of run: LoggedRun) throws -> Markup? {
    guard let text = SampleText(options, of: run) else { return nil }
    let model = run.modelState
    if let known = cache[run.path], known.model == model { return known.figure }
    let figure = try draw(text.lines(options).map(\.source), run)
    cache[run.path] = (model, figure)
    return figure
  }

  /// - Returns: nil where there are too few lines to have directions.
  private func draw(_ lines: [String], _ run: LoggedRun) throws -> Markup? {
    guard Set(lines).count > 2 else { return nil }
    let encoder = try SentenceEncoder(TrainedModel(folder: run.path))
    var numbers = try encoder.vectors(of: lines)
    let components = try numbers.withUnsafeMutableBufferPointer { buffer in
      try PrincipalComponents(
        of: Matrix(buffer.baseAddress!, rows: lines.count, columns: encoder.size), path: run.path)
    }
    var plot = components.plot(run.name, labels: lines, digits: 0)
    plot.size = ChartSize(width: 560, height: 440)
    let rows = zip(lines, components.places).map { line, place in
      [
        Markup.foreign(line), Markup(NumberText.fixed(place.x, digits: 2)),
        Markup(NumberText.fixed(place.y, digits: 2)),
      ]
    }
    return .figure(plot.element, table: .table(["line", "first", "second"], rows))
  }
}
