/// The runs in a table.
struct SummarySection: ReportSection {
  let title = "Runs"

  func content(of runs: [LoggedRun]) -> [Markup] {
    let hasExact = runs.contains { $0.best?.exact != nil }
    let header =
      ["run", "parameters", "best perplexity", "at step"]
      + (hasExact ? ["exact"] : []) + ["steps", "epochs", "training time", "words/s", "grid"]
    let rows = runs.enumerated().map { look, run in
      [.name(run.name, look: look) + .element("div", ["class": "soft"], Markup(run.kind))]
        + numbers(of: run, hasExact: hasExact)
    }
    var parts = [Markup.table(header, rows)]
    parts.append(
      .element(
        "p", ["class": "soft"],
        """
        The best perplexity is that of the validation with the least loss, whose model was kept. \
        Perplexities of different tokenizers or vocabularies do not compare. Training time is that of \
        the logged steps, without validations.
        """))
    for run in runs where run.metrics.isEmpty {
      parts.append(.paragraph("\(run.name) has logged nothing yet."))
    }
    return parts
  }

  private func numbers(of run: LoggedRun, hasExact: Bool) -> [Markup] {
    func text(_ text: String?) -> Markup { Markup(text ?? "–") }
    let exact = run.best?.exact.map { NumberText.fixed(100 * $0, digits: 1) + " %" }
    return [
      text(run.parameters.map(NumberText.whole)),
      text(run.best.map { Self.perplexity($0.perplexity) }),
      text(run.best.map { NumberText.whole($0.step) }),
    ] + (hasExact ? [text(exact)] : []) + [
      text(run.metrics.last.map { NumberText.whole($0.step) }),
      text(run.metrics.last.map { NumberText.fixed($0.epoch, digits: 2) }),
      text(run.metrics.isEmpty ? nil : Self.duration(run.seconds)),
      text(run.wordsPerSecond.map { NumberText.fixed($0, digits: 0) }),
      text(run.configuration?.parallel.grid),
    ]
  }

  /// Four digits that count of a perplexity, which is never below 1.
  private static func perplexity(_ value: Double) -> String {
    NumberText.fixed(value, digits: value < 10 ? 3 : value < 100 ? 2 : 1)
  }

  /// Seconds as 1:02:03 or 2:03.
  static func duration(_ seconds: Double) -> String {
    guard seconds < 1e9 else { return "∞" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}

extension LoggedRun {
  /// What is trained, in a few words.
  fileprivate var kind: String {
    guard let model = configuration?.model else { return "no model saved yet" }
    var text = "\(model.layers)×\(model.hiddenSize) \(model.cell.rawValue.uppercased())"
    if model.type == .languageModel { text += " language model" }
    if model.attention != .none { text += ", attention" }
    if model.selfAttention > 0 { text += ", self-attention" }
    return text
  }
}

extension Configuration.Parallel {
  /// As `--grids` has it; the number of replicas is not known where it is what the job gave.
  fileprivate var grid: String {
    let softmax =
      switch softmax {
      case .onLastStage: "0"
      case .dedicated(let count): "\(count)"
      case .sharded: "sharded"
      }
    return "\(data.map { "\($0)" } ?? "auto")×(\(layers)+\(softmax))"
  }
}
