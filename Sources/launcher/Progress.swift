import Foundation
import Seq2Seq

/// Shows how work goes on: one line that is rewritten where a person watches a terminal, plain
/// lines in a file.
///
/// Below `mpirun` a rank cannot see the terminal. The process that started `mpirun` can: ranks hand
/// it the fields of a status, marked, and it shows them. Used by the main thread alone.
enum Progress {
  private enum Place { case terminal, parent, file }

  private static let place: Place =
    if MPIRun.isInsideJob {
      ProcessInfo.processInfo.environment[MPIRun.terminalVariable] != nil ? .parent : .file
    } else {
      Terminal.isThere ? .terminal : .file
    }
  nonisolated(unsafe) private static var terminalLine = TerminalLine()
  nonisolated(unsafe) private static var lastStatus: ContinuousClock.Instant?
  /// Between two statuses on a terminal. Nobody reads more of them, and a terminal that becomes
  /// narrower says so only after a while: what is written meanwhile takes more rows than one.
  private static let patience = Duration.milliseconds(250)

  /// Begins a line that holds the fields of a status, in a rank's output.
  private static let statusMark = "\u{1E}"
  private static let fieldMark = "\u{1F}"

  /// A line that stays.
  static func line(_ text: String) throws {
    try StandardOutput.write(
      place == .terminal
        ? terminalLine.line(text, columns: Terminal.columns) : text + "\n")
    try StandardOutput.flush()
  }

  /// A line that the next one replaces, on a terminal; `inFile` says whether a file gets it too.
  static func status(_ fields: [StatusField], inFile: Bool = true) throws {
    switch place {
    case .terminal:
      let now = ContinuousClock.now
      guard lastStatus.map({ now - $0 >= patience }) ?? true else { return }
      lastStatus = now
      try StandardOutput.write(terminalLine.status(fields, columns: Terminal.columns))
    case .parent:
      let texts = fields.map { "\($0.importance)\($0.text)" }
      try StandardOutput.line(statusMark + texts.joined(separator: fieldMark))
    case .file:
      guard inFile else { return }
      try StandardOutput.line(fields.map(\.text).joined(separator: "  "))
    }
    try StandardOutput.flush()
  }

  /// Shows a line of a rank's output, which may be a status.
  static func pass(_ line: String) throws {
    guard line.hasPrefix(statusMark) else { return try self.line(line) }
    try status(
      line.dropFirst().split(separator: Character(fieldMark)).map {
        StatusField(String($0.dropFirst()), importance: Int($0.prefix(1)) ?? 0)
      })
  }

  /// Keeps what stands on the open line, for something else follows.
  static func leaveLine() {
    guard place == .terminal else { return }
    try? StandardOutput.write(terminalLine.leave())
    try? StandardOutput.flush()
  }
}

/// Tells of a training.
final class TrainingProgress {
  private var plan: Trainer.Plan?
  private var start = ContinuousClock.now

  /// Shows an event of the training.
  func show(_ event: Trainer.Event) throws {
    switch event {
    case .began(let plan):
      self.plan = plan
      start = .now
      try Progress.line(
        "\(grouped(plan.parameters)) parameters, \(plan.corpus.sentence), "
          + "\(grouped(plan.steps)) steps (\(grouped(plan.stepsPerEpoch)) per epoch), "
          + "\(plan.ranks) rank\(plan.ranks == 1 ? "" : "s"), \(plan.corpus.unused)")
    case .trained(let metrics):
      try Progress.status([
        StatusField("epoch \(number(metrics.epoch, digits: 2))", importance: 5),
        StatusField("step \(grouped(metrics.step))/\(grouped(plan?.steps ?? 0))"),
        StatusField("loss \(number(metrics.loss, digits: 3))", importance: 1),
        StatusField("perplexity \(number(metrics.perplexity, digits: 2))", importance: 6),
        StatusField("\(grouped(Int(metrics.wordsPerSecond))) words/s", importance: 3),
        StatusField("left \(timeLeft(metrics.step))", importance: 7),
      ])
    case .validated(let metrics, let isBest):
      try Progress.line(
        "epoch \(number(metrics.epoch, digits: 2))  step \(grouped(metrics.step))"
          + "  validation loss \(number(metrics.loss, digits: 3))"
          + "  perplexity \(number(metrics.perplexity, digits: 2))"
          + (metrics.exact.map { "  exact \(number(100 * $0, digits: 2)) %" } ?? "")
          + (isBest ? "  best so far" : ""))
    case .warned(let sentence):
      printWarning(sentence)
    case .ended(let steps):
      let seconds = Int((ContinuousClock.now - start) / .seconds(1))
      try Progress.line("trained \(grouped(steps)) steps in \(clock(seconds))")
    }
  }

  private func timeLeft(_ step: Int) -> String {
    guard let plan, step > 0 else { return "?" }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    return clock(Int(min(elapsed / Double(step) * Double(plan.steps - step), 1e9)))
  }
}

extension CorpusSummary {
  /// What is trained on.
  fileprivate var sentence: String {
    switch self {
    case .pairs(let count, _): "\(grouped(count)) sentence pairs"
    case .streams(let plan):
      "\(grouped(plan.symbols)) symbols as \(grouped(plan.streams)) streams of "
        + "\(grouped(plan.length))"
    }
  }

  /// What is not.
  fileprivate var unused: String {
    switch self {
    case .pairs(_, let waste): "padding \(number(100 * waste, digits: 1)) %"
    case .streams(let plan): "\(grouped(plan.dropped)) symbols dropped"
    }
  }
}

/// A number with a fixed count of digits after the point.
func number(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// A whole number with its thousands apart.
func grouped(_ value: Int) -> String {
  (value < 0 ? "-" : "") + NumberText.grouped(String(value.magnitude))
}

/// Seconds as 1:02:03 or 2:03.
func clock(_ seconds: Int) -> String {
  let (minutes, rest) = (seconds / 60, seconds % 60)
  return minutes >= 60
    ? String(format: "%d:%02d:%02d", minutes / 60, minutes % 60, rest)
    : String(format: "%d:%02d", minutes, rest)
}
