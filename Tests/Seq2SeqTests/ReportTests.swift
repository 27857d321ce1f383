import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite struct ReportTests {
  private let folder = TemporaryFolder()

  /// A line of metrics as a training writes it.
  private func line(
    step: Int, loss: String = "2.5", epoch: Double = 0.5, extra: String = ""
  ) -> String {
    #"{"epoch":\#(epoch),"loss":\#(loss),"perplexity":\#(loss),"sentences":3,"step":\#(step),"#
      + #""words":10,"wordsPerSecond":5\#(extra)}"#
  }

  private func append(_ text: String, to name: String) {
    folder.write((folder.read(name) ?? "") + text, to: name)
  }

  /// A run's folder without a model.
  private func run(_ name: String, _ lines: [String]) -> String {
    let path = folder.path + "/" + name
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    folder.write(lines.joined(separator: "\n") + "\n", to: name + "/metrics.jsonl")
    return path
  }

  @Test func `metrics are read as they were written, and what comes later is added`() throws {
    folder.write(
      line(step: 1) + "\n" + line(step: 2, loss: #""nan""#, extra: #","gradientNorm":"inf""#)
        + "\n",
      to: "m")
    var reader = MetricsReader(folder.path + "/m")
    try reader.read()
    #expect(reader.metrics.map(\.step) == [1, 2])
    #expect(reader.metrics[1].loss.isNaN && reader.metrics[1].gradientNorm == .infinity)
    // A line in two pieces, as one that is being written.
    let next = line(step: 3, extra: #","exact":0.25,"validation":true"#)
    append(String(next.prefix(20)), to: "m")
    try reader.read()
    #expect(reader.metrics.count == 2 && reader.unfinished == 20)
    append(next.dropFirst(20) + "\n", to: "m")
    try reader.read()
    #expect(reader.metrics.last?.exact == 0.25 && reader.unfinished == 0)
  }

  @Test func `metrics that are begun anew are read anew`() throws {
    folder.write(line(step: 7) + "\n" + line(step: 8) + "\n", to: "m")
    var reader = MetricsReader(folder.path + "/m")
    try reader.read()
    folder.write(line(step: 1) + "\n", to: "m")
    try reader.read()
    #expect(reader.metrics.map(\.step) == [1])
  }

  @Test(arguments: [
    "{", "", "null", "[]", "{}", #"{"step":1}"#, "\u{0}", String(repeating: "[", count: 5000),
    #"{"epoch":0,"loss":1,"perplexity":1,"sentences":1,"step":-1,"words":1,"wordsPerSecond":1}"#,
    #"{"epoch":-1,"loss":1,"perplexity":1,"sentences":1,"step":1,"words":1,"wordsPerSecond":1}"#,
    #"{"epoch":0,"loss":"x","perplexity":1,"sentences":1,"step":1,"words":1,"wordsPerSecond":1}"#,
    #"{"epoch":0,"exact":2,"loss":1,"perplexity":1,"sentences":1,"step":1,"words":1,"wordsPerSecond":1}"#,
  ])
  func `a damaged line is named`(_ damaged: String) {
    folder.write(line(step: 1) + "\n" + damaged + "\n" + line(step: 2) + "\n", to: "m")
    var reader = MetricsReader(folder.path + "/m")
    let error = #expect(throws: InputError.self) { try reader.read() }
    #expect(error?.description.contains("/m:2: not a line of metrics") == true)
  }

  @Test func `what never ends is no line, and a folder is no file`() {
    folder.write(String(repeating: "x", count: 10_000), to: "m")
    var reader = MetricsReader(folder.path + "/m")
    #expect(throws: InputError.self) { try reader.read() }
    reader = MetricsReader(folder.path)
    #expect(throws: InputError.self) { try reader.read() }
    reader = MetricsReader(folder.path + "/none")
    let error = #expect(throws: InputError.self) { try reader.read() }
    #expect(error?.description.contains("output folder of a training") == true)
  }

  @Test func `runs have the shortest names that tell them apart`() {
    #expect(RunReader.names(of: ["/a/b/c"]) == ["c"])
    #expect(RunReader.names(of: ["/a/b/c", "/a/d/c/"]) == ["b/c", "d/c"])
    #expect(RunReader.names(of: ["/a/x", "/b/y"]) == ["x", "y"])
    #expect(RunReader.names(of: ["/"]) == ["/"])
    #expect(RunReader.names(of: ["/a/\u{1B}[2J"]) == ["\\u{1B}[2J"])
  }

  @Test func `configurations differ where a key does, but for the output`() {
    var (one, other) = (Configuration(), Configuration())
    one.training.output = "/one"
    other.training.output = "/other"
    let equal = ConfigurationSection.rows([one, other])
    #expect(equal.allSatisfy { !$0.differs })
    other.model.layers = 2
    other.training.steps = 10
    let rows = ConfigurationSection.rows([one, other, one]).filter(\.differs)
    #expect(
      rows == [
        .init(key: "model.layers", values: ["4", "2", "4"]),
        .init(key: "training.steps", values: ["", "10", ""]),
      ])
  }

  @Test func `the best validation is that with the least finite loss`() throws {
    let validation = #","validation":true"#
    let path = run(
      "r",
      [
        line(step: 1, loss: "1"), line(step: 1, loss: "3", extra: validation),
        line(step: 2, loss: "2", extra: validation), line(step: 3, loss: "4", extra: validation),
        line(step: 4, loss: #""nan""#, extra: validation),
      ])
    let run = try RunReader(path, name: "r").read()
    #expect(run.best?.step == 2)
    // 10 words at 5 per second; validations do not count.
    #expect(run.seconds == 2 && run.wordsPerSecond == 5)
    #expect(!run.isDone)
  }

  @Test func `a run is done after its last validation`() {
    func isDone(_ last: TrainingMetrics?, hasValidation: Bool, steps: Int?) -> Bool {
      var configuration = Configuration()
      configuration.training.epochs = 2
      configuration.training.steps = steps
      configuration.data.validationSource = hasValidation ? "/v" : nil
      return LoggedRun(
        path: "", name: "", configuration: configuration, parameters: nil,
        metrics: last.map { [$0] } ?? []
      ).isDone
    }
    func metrics(step: Int, epoch: Double, validation: Bool? = nil) -> TrainingMetrics {
      TrainingMetrics(
        step: step, epoch: epoch, loss: 1, perplexity: 1, gradientNorm: nil, learningRate: nil,
        sentences: 1, words: 1, wordsPerSecond: 1, validation: validation)
    }
    #expect(!isDone(nil, hasValidation: false, steps: nil))
    #expect(!isDone(metrics(step: 9, epoch: 1.9), hasValidation: false, steps: nil))
    #expect(isDone(metrics(step: 10, epoch: 2), hasValidation: false, steps: nil))
    #expect(!isDone(metrics(step: 10, epoch: 2), hasValidation: true, steps: nil))
    #expect(isDone(metrics(step: 10, epoch: 2, validation: true), hasValidation: true, steps: nil))
    #expect(isDone(metrics(step: 5, epoch: 1), hasValidation: false, steps: 5))
  }

  @Test func `a long run has a small page, and hostile names are text`() throws {
    let lines = (1...4000).map { line(step: $0, loss: "\(2 + sin(Double($0)))") }
    let hostile = run("<script>alert(1)</script>".replacing("/", with: "_"), lines)
    let report = try Report([hostile]) { _ in }
    let page = try report.page()
    #expect(page.utf8.count < 200_000)
    #expect(!page.contains("<script"))
    #expect(page.contains("&lt;script&gt;alert(1)"))
    #expect(!page.contains("http-equiv"))
    let refreshed = try report.page(refresh: 10)
    #expect(refreshed.contains(#"<meta http-equiv="refresh" content="10"/>"#))
  }

  @Test func `two runs lie over one another in each chart`() throws {
    let validation = #","validation":true"#
    let names = ["one", "other"].map {
      run($0, [line(step: 1), line(step: 2), line(step: 2, extra: validation)])
    }
    let report = try Report(names) { _ in }
    let page = try report.page()
    for title in ["Perplexity", "Loss", "Speed"] {
      #expect(page.components(separatedBy: #"aria-label="\#(title)""#).count == 2)
    }
    #expect(page.contains("<th scope=\"col\">other, validation</th>"))
    #expect(page.contains("no model saved yet"))
  }

  @Test func `an unfinished last line is left out, and told once`() throws {
    let path = run("r", [line(step: 1)])
    append("{\"epoch\"", to: "r/metrics.jsonl")
    var warnings: [String] = []
    let report = try Report([path]) { warnings.append($0) }
    _ = try report.page()
    _ = try report.page()
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("1 unfinished line at the end, of 8 bytes") == true)
  }

  @Test func `runs are watched by their files`() throws {
    let path = run("r", [line(step: 1)])
    let report = try Report([path]) { _ in }
    #expect(report.hasNews())
    #expect(!report.hasNews())
    append(line(step: 2) + "\n", to: "r/metrics.jsonl")
    #expect(report.hasNews())
  }

  @Test func `too many runs, or one twice, are refused`() {
    #expect(throws: InputError.self) { try Report([]) { _ in } }
    #expect(throws: InputError.self) { try Report(["a", "./a"]) { _ in } }
    #expect(throws: InputError.self) { try Report((0...24).map { "\($0)" }) { _ in } }
  }

  @Test func `samples are spread over a text, and first lines of one that was chosen`() throws {
    let lines = (1...10).map { $0 == 5 ? "" : "line \($0)" }
    folder.write(lines.joined(separator: "\n") + "\n", to: "s")
    folder.write(lines.map { $0.uppercased() }.joined(separator: "\n") + "\n", to: "t")
    var options = SampleOptions()
    options.count = 3
    var configuration = Configuration()
    configuration.data.validationSource = folder.path + "/s"
    configuration.data.validationTarget = folder.path + "/t"
    let spread = try SampleText(options, configuration)?.lines(options)
    #expect(spread?.map(\.number) == [2, 6, 9])
    #expect(spread?.last?.reference == "LINE 9")
    options.source = folder.path + "/t"
    let chosen = try SampleText(options, configuration)?.lines(options)
    #expect(chosen?.map(\.source) == ["LINE 1", "LINE 2", "LINE 3"])
    #expect(chosen?.first?.reference == nil)
    folder.write("one\n", to: "t")
    options.source = nil
    #expect(throws: InputError.self) { try SampleText(options, configuration)?.lines(options) }
  }

  @Test func `a timeline is read, and what is none is refused`() throws {
    let name = #"{"name":"process_name","ph":"M","pid":0,"args":{"name":"rank 0: all"}}"#
    func event(_ activity: String, _ start: Double) -> String {
      #"{"name":"step","cat":"\#(activity)","ph":"X","cname":"x","pid":0,"tid":0,"#
        + #""ts":\#(start),"dur":1000.0}"#
    }
    folder.write(
      "[\n"
        + [name, event("computing", 0), event("waiting", 1000), event("computing", 2000)]
        .joined(separator: ",\n") + "\n]\n", to: "t")
    let timeline = try TimelineFile(folder.path + "/t")
    #expect(timeline.ranks.map(\.name) == ["rank 0: all"])
    #expect(abs(timeline.seconds(0, .computing) - 0.002) < 1e-9)
    #expect(abs(timeline.end - 0.003) < 1e-9)
    #expect(timeline.window(of: 10) == 0...timeline.end)
    let window = timeline.window(of: 0)
    #expect(abs(window.lowerBound - 0.0015) < 1e-9 && abs(window.upperBound - 0.002) < 1e-9)
    for text in [
      "", "{}", "[1]", "[\(event("computing", 0))]", "[\(name),\(event("dreaming", 0))]",
      "[\(name),\(event("computing", -1))]", "[\(name),\(event("computing", 1e300))]",
    ] {
      folder.write(text, to: "t")
      #expect(throws: InputError.self) { try TimelineFile(folder.path + "/t") }
    }
  }
}
