import Foundation
import Seq2Seq

/// Shows how work goes on: one line that is rewritten where a person watches a terminal, plain
/// lines in a file.
final class Progress {
  private let isTerminal: Bool
  private var hasOpenLine = false

  init() {
    // Below mpirun a rank's output may look like a terminal and be a file: only its parent knows.
    isTerminal =
      MPIRun.isInsideJob
      ? ProcessInfo.processInfo.environment[MPIRun.terminalVariable] != nil
      : isatty(STDOUT_FILENO) != 0
  }

  /// A line that stays.
  func line(_ text: String) {
    if hasOpenLine { print("\r\u{1B}[K", terminator: "") }
    hasOpenLine = false
    print(text)
    fflush(nil)
  }

  /// A line that the next one replaces, on a terminal; `inFile` says whether a file gets it too.
  func status(_ text: String, inFile: Bool = true) {
    if isTerminal {
      print("\r\u{1B}[K\(text)", terminator: "")
      hasOpenLine = true
    } else if inFile {
      print(text)
    }
    fflush(nil)
  }
}

/// Tells of a training.
final class TrainingProgress {
  private let progress = Progress()
  private var plan: Trainer.Plan?
  private var start = ContinuousClock.now

  /// Shows an event of the training.
  func show(_ event: Trainer.Event) {
    switch event {
    case .began(let plan):
      self.plan = plan
      start = .now
      progress.line(
        "\(grouped(plan.parameters)) parameters, \(grouped(plan.pairs)) sentence pairs, "
          + "\(grouped(plan.steps)) steps (\(grouped(plan.stepsPerEpoch)) an epoch), "
          + "\(plan.ranks) rank\(plan.ranks == 1 ? "" : "s"), padding "
          + "\(number(100 * plan.paddingWaste, digits: 1)) %")
    case .trained(let metrics):
      progress.status(
        "epoch \(number(metrics.epoch, digits: 2))  step \(grouped(metrics.step))"
          + "/\(grouped(plan?.steps ?? 0))  loss \(number(metrics.loss, digits: 3))"
          + "  perplexity \(number(metrics.perplexity, digits: 2))"
          + "  \(grouped(Int(metrics.wordsPerSecond))) words/s  left \(timeLeft(metrics.step))")
    case .validated(let metrics, let isBest):
      progress.line(
        "epoch \(number(metrics.epoch, digits: 2))  step \(grouped(metrics.step))"
          + "  validation loss \(number(metrics.loss, digits: 3))"
          + "  perplexity \(number(metrics.perplexity, digits: 2))\(isBest ? "  best so far" : "")")
    case .ended(let steps):
      let seconds = Int((ContinuousClock.now - start) / .seconds(1))
      progress.line("trained \(grouped(steps)) steps in \(clock(seconds))")
    }
  }

  private func timeLeft(_ step: Int) -> String {
    guard let plan, step > 0 else { return "?" }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    return clock(Int(elapsed / Double(step) * Double(plan.steps - step)))
  }
}

/// A number with a fixed count of digits after the point.
func number(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }

/// A whole number with its thousands apart.
func grouped(_ value: Int) -> String {
  var text = ""
  for (place, digit) in String(value.magnitude).reversed().enumerated() {
    if place > 0, place.isMultiple(of: 3) { text.append(",") }
    text.append(digit)
  }
  return (value < 0 ? "-" : "") + String(text.reversed())
}

/// Seconds as 1:02:03 or 2:03.
func clock(_ seconds: Int) -> String {
  let (minutes, rest) = (seconds / 60, seconds % 60)
  return minutes >= 60
    ? String(format: "%d:%02d:%02d", minutes / 60, minutes % 60, rest)
    : String(format: "%d:%02d", minutes, rest)
}
