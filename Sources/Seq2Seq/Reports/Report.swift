/// A page about runs: `launcher report`.
///
/// It is read again as runs go on, and remembers what did not change.
public final class Report {
  private let readers: [RunReader]
  private let sections: [any ReportSection]
  private let warn: (String) -> Void
  private var known: [FileState?]?
  private var hasWarned: Set<String> = []
  /// Whether all runs came to their end, as far as they were read.
  public private(set) var isDone = false
  /// Runs of one page at most: more cannot be told apart.
  public static let runLimit = 24

  /// - Parameters:
  ///   - folders: the runs: output folders of trainings.
  ///   - timeline: a file that `train --timeline` wrote; `timeline.json` in each folder if nil.
  ///   - samples: what to translate.
  ///   - warn: told what is not as it should be, a sentence at a time and each once.
  /// - Throws: `InputError` if there are too many runs, or one is named twice.
  public init(
    _ folders: [String], timeline: String? = nil, samples: SampleOptions = SampleOptions(),
    warn: @escaping (String) -> Void
  ) throws {
    guard (1...Self.runLimit).contains(folders.count) else {
      throw InputError(
        "\(folders.count) runs; a page has from 1 to \(Self.runLimit)", kind: .usage)
    }
    for (index, folder) in folders.enumerated() {
      guard !folders[..<index].contains(where: { absolutePath($0) == absolutePath(folder) }) else {
        throw InputError("the run \(folder.quoted) is named twice", kind: .usage)
      }
    }
    readers = zip(folders, RunReader.names(of: folders)).map { RunReader($0, name: $1) }
    let vectors = VectorsSection(samples)
    let samples = Samples(samples)
    sections = [
      SummarySection(), CurvesSection(), SamplesSection(samples: samples),
      AlignmentsSection(samples: samples), vectors, TimelineSection(file: timeline),
      ConfigurationSection(),
    ]
    self.warn = warn
  }

  /// Whether files of the runs have changed since this was asked last.
  public func hasNews() -> Bool {
    let state = readers.flatMap(\.state)
    defer { known = state }
    return state != known
  }

  /// The page, as the runs are now.
  ///
  /// - Parameter refresh: seconds after which a browser loads a page of runs that go on again.
  /// - Throws: `InputError` naming the file, and the line.
  public func page(refresh: Int? = nil) throws -> String {
    let runs = try readers.map { try $0.read() }
    isDone = runs.allSatisfy(\.isDone)
    for (reader, run) in zip(readers, runs) where reader.unfinished > 0 && refresh == nil {
      warnOnce(
        "\(run.path)/metrics.jsonl: 1 unfinished line at the end, of \(reader.unfinished) bytes, is "
          + "left out")
    }
    var content: [(title: String, content: [Markup])] = []
    for section in sections {
      let parts = try orNote(isGoingOn: refresh != nil) { try section.content(of: runs) }
      if !parts.isEmpty { content.append((section.title, parts)) }
    }
    return ReportPage(
      title: runs.count == 1 ? "Training: \(runs[0].name)" : "\(runs.count) trainings",
      lead: lead(runs), sections: content, refresh: isDone ? nil : refresh
    ).html
  }

  /// While files are being replaced one after another, what cannot be read is told on the page: it is
  /// read again soon.
  private func orNote(isGoingOn: Bool, _ body: () throws -> [Markup]) throws -> [Markup] {
    do { return try body() } catch let error as InputError where isGoingOn {
      warnOnce(error.description)
      return [.paragraph("Not there: \(error.description)")]
    }
  }

  private func warnOnce(_ sentence: String) {
    if hasWarned.insert(sentence).inserted { warn(sentence) }
  }

  private func lead(_ runs: [LoggedRun]) -> [Markup] {
    let open = runs.filter { !$0.isDone }
    let steps = runs.compactMap { $0.metrics.last?.step }.reduce(0, +)
    let state =
      open.isEmpty
      ? "all came to their end"
      : "\(open.count == runs.count ? "none is" : "\(open.count) are not") at the end yet"
    return [
      .paragraph(
        runs.count == 1
          ? "\(NumberText.whole(steps)) steps, \(open.isEmpty ? "to its end" : "not at its end yet")."
          : "\(NumberText.whole(steps)) steps in all; \(state).")
    ]
  }
}
