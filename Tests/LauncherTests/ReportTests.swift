import Foundation
import TestSupport
import Testing

@Suite("launcher report", .serialized)
struct ReportTests {
  private let folder = TemporaryFolder()

  @Test("a page of a training: its curves, its samples with their beams, what it looked at")
  func page() throws {
    let project = ToyProject()
    let training = try Command(
      "train", project.config, "--set", "training.epochs=8", "--set", "model.attention=dot",
      "--timeline", project.folder.path + "/timeline.json")
    #expect(training.exitCode == 0, "\(training.errors)")
    let output = project.folder.path + "/page.html"
    let result = try Command(
      "report", project.model, "--output", output, "--samples", "2", "--timeline",
      project.folder.path + "/timeline.json")
    #expect(result.exitCode == 0 && result.errors == "", "\(result.errors)")
    let page = try String(contentsOfFile: output, encoding: .utf8)
    #expect(result.output == "wrote \(output), \(grouped(page.utf8.count)) bytes\n")
    for text in [
      "Training: model", "aria-label=\"Perplexity\"", "<bdi>2 1 2</bdi>", "two one two",
      "<th scope=\"col\">log p</th>", "aria-label=\"Line 3\"", "computing", "training.batchSize",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("http-equiv") && !page.contains("<script"))

    // A run that is done ends the watch at once.
    let watch = try Command("report", project.model, "--output", output, "--watch")
    #expect(watch.exitCode == 0)
    let again = try String(contentsOfFile: output, encoding: .utf8)
    #expect(!again.contains("http-equiv"))
  }

  @Test("a run that goes on is watched until a signal, which is no mistake")
  func watching() throws {
    let line =
      #"{"epoch":0.5,"loss":2,"perplexity":2,"sentences":1,"step":1,"words":1,"wordsPerSecond":1}"#
    folder.write(line + "\n", to: "metrics.jsonl")
    // The page says that it is loaded again; after the signal it does not any more.
    let result = try Command.shell(
      """
      cd \(folder.path); "$0" report . --watch >log & pid=$!
      until grep -qs 'http-equiv' report.html; do :; done
      kill $pid; wait $pid; code=$?
      grep -c 'http-equiv' report.html; cat log; exit $code
      """)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("0\nwrote report.html"), "\(result.output)")
    #expect(result.output.split(separator: "\n").count == 3)
  }

  @Test("mistakes are one sentence, with their exit codes")
  func mistakes() throws {
    folder.write("{}\n", to: "metrics.jsonl")
    let output = folder.path + "/page.html"
    for (arguments, code, sentence) in [
      ([folder.path], 65, "metrics.jsonl:1: not a line of metrics"),
      ([folder.path + "/none"], 65, "a run is the output folder of a training"),
      ([folder.path, folder.path], 64, "is named twice"),
      ([folder.path, "--target", "t"], 64, "--target goes with --source"),
      ([], 64, "missing expected argument"),
    ] as [([String], Int32, String)] {
      let result = try Command(["report"] + arguments + ["--output", output])
      #expect(result.exitCode == code, "\(arguments)")
      #expect(result.errors.contains(sentence), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  /// As the launcher writes numbers.
  private func grouped(_ number: Int) -> String {
    number < 1000 ? "\(number)" : "\(number / 1000)," + String(format: "%03d", number % 1000)
  }
}
