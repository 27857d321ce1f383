import Foundation
import TestSupport
import Testing

@Suite("launcher rescore", .serialized)
struct RescoreTests {
  private let project = ToyProject()

  private func train() throws {
    let trained = try Command("train", project.config)
    #expect(trained.exitCode == 0, "\(trained.errors)")
  }

  /// Hypotheses of the first lines of the corpus, but for the third: the right one last.
  private func writeLists() -> String {
    var lines = ""
    for (id, words) in ["zero zero", "zero one", "", "zero three"].enumerated() where id != 2 {
      lines +=
        "\(id) ||| seven seven ||| tm= -1 ||| -1.0 ||| 0-0\n\(id) ||| \(words) ||| tm= -2 ||| -2.0\n"
    }
    return project.folder.write(lines, to: "nbest")
  }

  @Test("lists come back sorted, with the scores of 'score', and the best texts line for line")
  func wholeWay() throws {
    try train()
    let source = project.folder.write("0 0\n0 1\n0 2\n0 3\n0 4\n", to: "source")
    let files = ["--source", source, "--n-best", writeLists()]
    let rescored = try Command(["rescore", project.model] + files)
    #expect(rescored.exitCode == 0, "\(rescored.errors)")
    #expect(
      rescored.errors
        == "launcher: warning: 2 of the 5 lines of \(source) have no hypotheses in "
        + "\(project.folder.path)/nbest\n")
    let scored = try Command(
      "score", project.model, "--source", project.folder.write("0 0\n0 0\n", to: "s"),
      "--target", project.folder.write("zero zero\nseven seven\n", to: "t"))
    let scores = scored.output.split(separator: "\n").map { Double($0)! }
    let lines = rescored.output.split(separator: "\n").map { $0.components(separatedBy: " ||| ") }
    #expect(lines.map { $0[0] } == ["0", "0", "1", "1", "3", "3"])
    #expect(lines.map { $0[1] }.prefix(3) == ["zero zero", "seven seven", "zero one"])
    #expect(lines.map(\.count) == [4, 5, 4, 5, 4, 5] && lines[1][4] == "0-0")
    for (line, (score, total)) in zip(lines, zip(scores, [-2.0, -1])) {
      let features = line[2].split(separator: " ")
      #expect(
        features.count == 6
          && line[2].hasPrefix("tm= -\(total == -1 ? 1 : 2) Total0= \(total) Model0= "))
      #expect(abs(Double(features[5])! - score) < 1e-4)
      #expect(abs(Double(line[3])! - (total + score) / 2) < 1e-4)
    }

    let best = try Command(["rescore", project.model, "--best"] + files)
    #expect(best.output == "zero zero\nzero one\n\nzero three\n\n")
    #expect(best.errors.hasSuffix("nbest, and are empty lines\n"))
    let own = try Command(
      ["rescore", "--model", project.model, "--best", "--weights=1,0"] + files)
    #expect(own.output == "seven seven\nseven seven\n\nseven seven\n\n")
    let twice = try Command(
      ["rescore", project.model, project.model, "--best", "--weights", "0,0.5,0.5"] + files)
    #expect(twice.output == best.output)
    let ensemble = try Command(
      ["rescore", project.model, project.model, "--average", "linear", "--best"] + files)
    #expect(ensemble.output == best.output)

    // Two processes print what one prints.
    let root = getuid() == 0 ? "--allow-run-as-root" : ""
    let words = files.map { "'\($0)'" }.joined(separator: " ")
    let together = try Command.shell(
      "mpirun \(root) --oversubscribe --bind-to none --timeout 120 -n 2 \"$0\" rescore "
        + "'\(project.model)' \(words)")
    #expect(together.output == rescored.output, "\(together.errors)")
  }

  @Test("weights are found on references, printed, and taken again")
  func tuning() throws {
    try train()
    let source = project.folder.write("0 0\n0 1\n0 2\n0 3\n", to: "source")
    let reference = project.folder.write("zero zero\nzero one\nx\nzero three\n", to: "reference")
    let files = ["--source", source, "--n-best", writeLists()]
    let tuned = try Command(
      ["rescore", project.model, "--tune", reference, "--tokenize", "char"] + files)
    #expect(tuned.exitCode == 0, "\(tuned.errors)")
    let lines = tuned.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 7)
    #expect(lines[0] == "lines       4" && lines[1] == "hypotheses  6")
    let bleu = try zip(lines[2...4], ["own total", "even     ", "tuned    "]).map {
      #expect($0.hasPrefix("\($1)   BLEU "))
      return try #require($0.split(separator: " ").last.flatMap { Double($0) })
    }
    #expect(bleu[0] < bleu[2] && bleu[1] <= bleu[2])
    #expect(lines[5].contains("tok:char"))
    let weights = lines[6].dropFirst("weights     ".count)
    let best = try Command(["rescore", project.model, "--best", "--weights=\(weights)"] + files)
    #expect(best.output == "zero zero\nzero one\n\nzero three\n")
    let short = try Command(
      ["rescore", project.model, "--tune", project.folder.write("zero zero\n", to: "short")] + files
    )
    #expect(short.exitCode == 65)
    #expect(short.errors.contains("/short ends after line 1, but"), "\(short.errors)")
  }

  @Test(
    "options that do not go together are refused, each with its reason",
    arguments: [
      ("--source s --n-best n", "name a model folder"), ("m --n-best n", "--source"),
      ("m --source s", "--n-best"),
      ("m --source s --n-best n --average log", "--average is for several models"),
      ("m --source s --n-best n --weights 1", "--weights has 1 number; one for the list's own"),
      ("m m --source s --n-best n --weights 1,2", "one per model make 3"),
      ("m m --source s --n-best n --average log --weights 1,2,3", "one per model make 2"),
      ("m --source s --n-best n --weights 1,x", "--weights must be numbers"),
      ("m --source s --n-best n --weights 0,0", "--weights must not be all zero"),
      ("m --source s --n-best n --tokenize char", "--tokenize and --subwords are for --tune"),
      ("m --source s --n-best n --tune r --best", "--tune finds weights; to use them"),
    ])
  func combinations(arguments: String, message: String) throws {
    let result = try Command.shell("\"$0\" rescore \(arguments)")
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test("a line that is none of a list is named, and nothing is printed after it")
  func mistakes() throws {
    try train()
    let source = project.folder.write("0 0\n0 1\n", to: "source")
    for (list, message) in [
      ("0 ||| a ||| f ||| 1\n0 ||| a ||| 1\n", "nbest:2: 3 fields; a line of an n-best list is"),
      ("1 ||| a ||| f ||| 1\n0 ||| a ||| f ||| 1\n", "nbest:2: the id 0 comes after the id 1"),
      ("2 ||| a ||| f ||| 1\n", "source has 2 lines, whose ids are from 0 to 1"),
      ("0 ||| a ||| f ||| nan\n", "nbest:1: the total 'nan' is no finite number"),
    ] {
      let nBest = project.folder.write(list, to: "nbest")
      let result = try Command("rescore", project.model, "--source", source, "--n-best", nBest)
      #expect(result.exitCode == 65)
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1 && result.output == "")
    }
  }
}
