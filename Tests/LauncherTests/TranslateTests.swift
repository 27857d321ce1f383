import Foundation
import TestSupport
import Testing

@Suite("launcher translate", .serialized)
struct TranslateTests {
  private let project = ToyProject()
  private var dictionary: String { project.folder.path + "/dictionary" }

  private func train(_ settings: String...) throws {
    let words = ["training.steps=20"] + settings
    let result = try Command(["train", project.config] + words.flatMap { ["--set", $0] })
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  /// Translates in the project's folder.
  private func translate(_ options: String..., input: String) throws -> Command {
    try Command(
      ["translate", "model"] + options, input: Data(input.utf8), in: project.folder.path)
  }

  @Test("the best translations of each line, as Moses writes them")
  func nBest() throws {
    try train()
    let input = "1 2\n\n3 nothing 4\n"
    for penalty in [["--length-penalty", "symbol"], ["--length-penalty=0.5"], []] {
      let options = ["translate", "model", "--beam", "5"] + penalty
      let plain = try Command(options, input: Data(input.utf8), in: project.folder.path)
      let list = try Command(
        options + ["--n-best", "3"], input: Data(input.utf8), in: project.folder.path)
      #expect(list.exitCode == 0, "\(list.errors)")
      var best: [String] = []
      var lastTotal = 0.0
      for line in list.output.split(separator: "\n") {
        let fields = line.components(separatedBy: " ||| ")
        try #require(fields.count == 4, "\(line)")
        if Int(fields[0]) == best.count {
          best.append(fields[1])
        } else {
          #expect(Int(fields[0]) == best.count - 1)
          #expect(try #require(Double(fields[3])) <= lastTotal)
        }
        lastTotal = try #require(Double(fields[3]))
        #expect(fields[2].hasPrefix("logp= "))
        let score = try #require(Double(fields[2].dropFirst("logp= ".count)))
        let count = Double(fields[1].split(separator: " ").count + 1)
        let divisor =
          penalty.isEmpty ? 1 : penalty.count == 2 ? count : ((5 + count) / 6).squareRoot()
        #expect(abs(lastTotal * divisor - score) < 1e-9)
      }
      #expect(best.map { $0 + "\n" }.joined() == plain.output)
      #expect(list.output.contains("\n1 |||  ||| logp= 0.0 ||| 0.0\n"))
      #expect(list.output.split(separator: "\n").count == 7)
    }
    let short = try translate("--max-length", "1", input: "1 2\n3\n")
    #expect(short.output.split(separator: "\n", omittingEmptySubsequences: false).count == 3)
    #expect(short.output.split(whereSeparator: \.isWhitespace).count <= 2)
  }

  @Test("unknown words, alignments and all weights, also from two ranks")
  func attention() throws {
    try train("model.attention=dot", "data.targetVocabularySize=4")
    project.folder.write("9 neun\n", to: "dictionary")
    let input = "1 9 \"7\\\n\n3\n4 5\n"
    let options = [
      "--replace-unknown", "--dictionary", "dictionary", "--n-best", "2", "--beam", "3",
      "--alignments", "pairs", "--attention", "weights",
    ]
    let result = try Command(
      ["translate", "model"] + options, input: Data(input.utf8), in: project.folder.path)
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map { $0.components(separatedBy: " ||| ") }
    #expect(lines.allSatisfy { !$0[1].contains("<unk>") })
    let pairs = try #require(project.folder.read("pairs")).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(pairs.count == lines.count + 1)
    let objects = try #require(project.folder.read("weights")).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(objects.count == lines.count)
    let sources = input.split(separator: "\n", omittingEmptySubsequences: false)
    for ((fields, pairs), object) in zip(zip(lines, pairs), objects) {
      #expect(object["line"] as? Int == Int(fields[0]))
      let target = try #require(object["target"] as? [String])
      #expect(target.dropLast().joined(separator: " ") == fields[1] && target.last == "<eos>")
      let source = try #require(object["source"] as? [String])
      #expect(source.joined(separator: " ") == sources[Int(fields[0])!])
      let weights = try #require(object["weights"] as? [[Double]])
      #expect(weights.count == target.count)
      let found = weights.dropLast().enumerated().compactMap { index, row in
        row.indices.max { row[$0] < row[$1] }.map { "\($0)-\(index)" }
      }
      #expect(found.joined(separator: " ") == pairs)
    }
    let root = getuid() == 0 ? "--allow-run-as-root" : ""
    let texts = (pairs, project.folder.read("weights"))
    let job = try Command.shell(
      """
      cd '\(project.folder.path)'; printf '1 9 "7\\\\\\n\\n3\\n4 5\\n' | mpirun \(root) --oversubscribe \
        -np 2 "$0" translate model \(options.joined(separator: " "))
      """)
    #expect(job.exitCode == 0, "\(job.errors)")
    #expect(job.output.split(separator: "\n").count == lines.count)
    #expect(
      project.folder.read("pairs")?.split(separator: "\n", omittingEmptySubsequences: false)
        == texts.0)
    #expect(job.errors.contains("2 files are there already"), "\(job.errors)")
  }

  @Test("a prefix per line, and a sentence where the files do not have as many")
  func prefix() throws {
    try train()
    project.folder.write("three  Nothing\n\nnine\n", to: "prefix")
    let result = try translate("--prefix", "prefix", input: "1 2\n3 4\n\n")
    #expect(result.exitCode == 0, "\(result.errors)")
    let lines = result.output.components(separatedBy: "\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("three  Nothing") && lines[2] == "nine")
    #expect(lines[1] + "\n" == (try translate(input: "3 4\n")).output)
    for (input, message) in [
      ("1\n2\n3\n4\n", "prefix ends after line 3, but standard input goes on; line n is how"),
      ("1\n", "standard input ends after line 1, but prefix goes on; line n is how"),
    ] {
      let wrong = try translate("--prefix", "prefix", input: input)
      #expect(wrong.exitCode == 65)
      #expect(wrong.errors.hasPrefix("launcher: \(message)"), "\(wrong.errors)")
      #expect(wrong.errors.split(separator: "\n").count == 1)
    }
  }

  @Test("a line of 10,000 words is a line, with what attention says of it")
  func longLine() throws {
    try train("model.attention=dot")
    let line = (0..<10_000).map { "\($0 % 8)" }.joined(separator: " ")
    let result = try translate(
      "--beam", "2", "--max-length", "100", "--alignments", "pairs", "--replace-unknown",
      input: "\(line)\n1 2\n")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count == 2)
    #expect(project.folder.read("pairs")?.split(separator: "\n").count == 2)
  }

  @Test("what a search or a model cannot do is refused by one sentence")
  func mistakes() throws {
    try train()
    project.folder.write("one\n", to: "dictionary")
    for (options, code, message) in [
      (["--n-best", "13"], 64, "--n-best must be from 1 to --beam, which is 12"),
      (["--n-best", "0"], 64, "--n-best must be from 1 to --beam"),
      (["--max-length", "0"], 64, "--max-length must be from 1 to 1000000"),
      (["--length-penalty=-1"], 64, "--length-penalty must be a number from 0 to 10, or 'symbol'"),
      (["--length-penalty=nan"], 64, "--length-penalty must be a number"),
      (["--dictionary", "d"], 64, "--dictionary goes with --replace-unknown"),
      (["--replace-unknown"], 64, "the model model has no attention (model.attention)"),
      (["--alignments", "a"], 64, "has no attention"),
      (["--attention", "a"], 64, "has no attention"),
      (["--alignments", "a", "--attention", "./a"], 64, "need a file each"),
      (["--prefix", "p", "--alignments", "p"], 64, "'p' is read, and would be replaced"),
      (["--attention", "model/config.yaml"], 64, "'model/config.yaml' is read"),
      (["--prefix", "none"], 65, "none: No such file"),
      (
        ["--replace-unknown", "--dictionary", "dictionary"], 65,
        "dictionary:1: must be a source word"
      ),
    ] as [([String], Int32, String)] {
      let result = try Command(
        ["translate", "model"] + options, input: Data("1\n".utf8), in: project.folder.path)
      #expect(result.exitCode == code, "\(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(options): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(options): \(result.errors)")
      #expect(result.output == "")
    }
    #expect(!project.folder.files.contains { $0 == "a" || $0.hasSuffix(".partial") })
  }

  @Test("help for a command that there is not is a mistake")
  func help() throws {
    for (arguments, message) in [
      (["help", "nothing"], "unknown command 'nothing'"),
      (["help", "trane"], "unknown command 'trane'; the nearest is 'train'"),
      (["help", "benchmark", "kernel"], "unknown command 'kernel'; the nearest is 'kernels'"),
    ] {
      let result = try Command(arguments)
      #expect(result.exitCode == 64)
      #expect(result.errors.hasPrefix("launcher: \(message)"), "\(result.errors)")
      #expect(result.output == "")
    }
    for arguments in [
      ["help"], ["help", "help"], ["help", "benchmark", "kernels"], ["help", "translate"],
    ] {
      #expect(try Command(arguments).exitCode == 0, "\(arguments)")
    }
  }
}
