import ArgumentParser
import Foundation
import Seq2Seq

/// `launcher report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a page about one training or several, laid over one another.",
    discussion: """
      One HTML file that needs nothing else and no script: curves, sample translations, what ranks \
      did when, and where the configurations differ. A run is the output folder of a training. The \
      timeline is a run's timeline.json, or the file of --timeline.
      """)

  @Argument(
    help: "Output folders of trainings, which may still go on.", completion: .directory)
  var runs: [String]

  @Option(help: "The page.", completion: .file(extensions: ["html"]))
  var output = "report.html"

  @Option(help: "Lines that each run's model translates.")
  var samples = 5

  @Option(
    help: "A file of sentences to translate, instead of the validation text.", completion: .file())
  var source: String?

  @Option(help: "Their translations, line for line.", completion: .file())
  var target: String?

  @Option(help: "Partial hypotheses kept per sentence.")
  var beam = 12

  @Option(help: "A file that train --timeline wrote.", completion: .file())
  var timeline: String?

  @Flag(
    help: """
      Write the page anew whenever a run has logged something, until all runs are done or Ctrl-C.
      """)
  var watch = false

  /// Between two looks at the runs' files. They change once a line of metrics: every few seconds.
  private static let patience: Int32 = 2000
  /// Seconds after which a browser loads a page again that changes.
  private static let refresh = 10

  func validate() throws {
    try check([("--samples", samples)], in: 0...1000)
    try validateBeam(beam)
    if target != nil, source == nil { throw ValidationError("--target goes with --source") }
    if output.isEmpty { throw ValidationError("the name of the page is empty") }
  }

  func run() throws {
    limitThreads(ranksOnNode: 1)
    var options = SampleOptions()
    options.count = samples
    options.source = source
    options.target = target
    options.beamSize = beam
    let report = try Report(runs, timeline: timeline, samples: options, warn: printWarning)
    try AtomicFile.check(output)
    guard watch else { return try write(report.page()) }
    try keepFresh(report)
  }

  private func keepFresh(_ report: Report) throws {
    Interruption.watch()
    repeat {
      if report.hasNews() { try write(report.page(refresh: Self.refresh)) }
      if report.isDone { return }
    } while !Interruption.comes(within: Self.patience)
    // Whoever has the page open need not load it again any more.
    try write(report.page())
  }

  private func write(_ page: String) throws {
    try AtomicFile.write(page, to: output)
    try Progress.line("wrote \(output), \(grouped(page.utf8.count)) bytes")
  }
}
