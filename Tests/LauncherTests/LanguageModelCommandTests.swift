import Foundation
import TestSupport
import Testing

/// A text that goes round in a circle, with a configuration that learns it quickly.
private struct CircleProject {
  let folder = TemporaryFolder()
  var config: String { folder.path + "/config.yaml" }
  var model: String { folder.path + "/model" }
  var text: String { folder.path + "/text" }

  init() {
    folder.write(String(repeating: "one two three\nfour five\n", count: 30), to: "text")
    folder.write("four five one two three\n", to: "valid")
    folder.write(
      """
      model: {type: language-model, layers: 1, hiddenSize: 16, embeddingSize: 8}
      data: {target: text, validationTarget: valid}
      training:
        output: model
        optimizer: adam
        learningRate: 0.03
        batchSize: 4
        blockLength: 6
        epochs: 12
        logEverySteps: 1
      """, to: "config.yaml")
  }
}

@Suite("The launcher, with language models", .serialized)
struct LanguageModelCommandTests {
  private let project = CircleProject()

  private func train(_ settings: String...) throws -> Command {
    try Command(["train", project.config] + settings)
  }

  @Test("trains on two ranks, scores, evaluates and samples")
  func wholeWay() throws {
    let prepared = try Command("prepare", project.config)
    #expect(prepared.exitCode == 0, "\(prepared.errors)")
    #expect(prepared.output.contains("prepared 60 lines of 150 words\n"))
    #expect(prepared.output.contains("streams                           4 of 52 symbols\n"))
    #expect(prepared.output.contains("symbols dropped at the end        2\n"))
    let trained = try train("--ranks", "2")
    #expect(trained.exitCode == 0, "\(trained.errors)")
    #expect(trained.output.contains("210 symbols as 4 streams of 52, 108 steps (9 per epoch)"))
    #expect(trained.output.contains("2 ranks, 2 symbols dropped"))
    #expect(
      project.folder.files.filter { $0.hasPrefix("model/") && !$0.contains("/last") } == [
        "model/config.yaml", "model/metrics.jsonl", "model/model.safetensors", "model/prepared",
        "model/prepared/prepared.json", "model/prepared/target.vocab",
        "model/prepared/train.pairs", "model/prepared/valid.pairs", "model/target.vocab",
      ])

    // Each line alone: the first symbol is one of two, and what follows is certain.
    let scored = try Command("score", project.model, "--target", project.text)
    let scores = scored.output.split(separator: "\n").map { Double($0)! }
    #expect(scores.count == 60)
    #expect(scores.allSatisfy { $0 < 0 && $0 > -3 })
    let evaluated = try Command("evaluate", project.model, "--target", project.text)
    #expect(evaluated.exitCode == 0, "\(evaluated.errors)")
    let lines = evaluated.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[0] == "sentences   60" && lines[1] == "symbols     210")
    let mean = -scores.reduce(0, +) / 210
    let perplexity = try #require(Double(lines[2].dropFirst("perplexity  ".count)))
    #expect(abs(perplexity - exp(mean)) < 1e-3)

    let greedy = try Command(
      "sample", project.model, "--lines", "2", "--temperature", "0", "--prompt", "four")
    #expect(greedy.output == "four five\nfour five\n", "\(greedy.errors)")
  }

  @Test("a sample follows from its seed, and a line does not depend on the others")
  func seeds() throws {
    #expect(try train("--set", "training.steps=3").exitCode == 0)
    func sample(_ options: String...) throws -> String {
      let result = try Command(["sample", project.model] + options)
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.output
    }
    let lines = try sample("--lines", "40", "--seed", "5")
    #expect(lines.count { $0 == "\n" } == 40)
    #expect(try sample("--lines", "40", "--seed", "5") == lines)
    #expect(try sample("--lines", "40", "--seed", "6") != lines)
    #expect(lines.hasPrefix(try sample("--lines", "3", "--seed", "5")))
    // A prompt may have words that the model does not know.
    let prompted = try Command("sample", project.model, "--lines", "2", "--prompt", "nine ten")
    #expect(prompted.output.split(separator: "\n").allSatisfy { $0.hasPrefix("nine ten") })
    #expect(prompted.errors.contains("all 2 words are <unk>"))
  }

  @Test("a model that finds no end is stopped, and that is said")
  func endless() throws {
    // Where every line is as long as the text, an end is hardly ever seen.
    project.folder.write(String(repeating: "one two ", count: 500) + "\n", to: "text")
    #expect(try train("--set", "data.validationTarget=").exitCode == 0)
    let result = try Command("sample", project.model, "--lines", "1", "--temperature", "0")
    #expect(result.exitCode == 0)
    #expect(result.output.split(separator: " ").count == 1000)
    #expect(
      result.errors == "launcher: warning: 1 of 1 lines had no end after 1,000 symbols, and stop "
        + "there\n")
  }

  @Test("what a language model does not do is refused, and what needs one is")
  func mistakes() throws {
    #expect(try train("--set", "training.steps=0").exitCode == 0)
    let translator = ToyProject()
    #expect(try Command("train", translator.config, "--set", "training.steps=0").exitCode == 0)
    let refusals: [(arguments: [String], code: Int32, message: String)] = [
      (["translate", project.model], 65, "is a language model, which translates nothing"),
      (
        ["score", project.model, "--source", project.text, "--target", project.text], 64,
        "is a language model, which reads no source; leave out --source"
      ),
      (
        ["evaluate", project.model, "--source", project.text, "--target", project.text], 64,
        "is a language model, which reads no source; leave out --source"
      ),
      (
        ["evaluate", project.model, "--target", project.text, "--beam", "2", "--by", "length"], 64,
        "translates nothing; leave out --beam, --by"
      ),
      (
        ["evaluate", project.model, "--target", project.text, "--tokenize", "char"], 64,
        "translates nothing; leave out --tokenize"
      ),
      (
        ["evaluate", project.model, "--target", project.text, "--target", project.text], 64,
        "reads one --target; there are 2"
      ),
      (["sample", translator.model], 65, "translates, and makes up nothing"),
      (
        ["train", translator.config, "--overwrite", "--from", project.model], 65,
        "is of model.type language-model, and what is to be trained of seq2seq"
      ),
      (
        ["benchmark", "--grids", "1x2", "--set", "model.peeky=true"], 64,
        "the grid 1x2: model.peeky reads the last state"
      ),
      (["score", translator.model, "--target", translator.target], 64, "needs --source"),
      (["evaluate", translator.model, "--target", translator.target], 64, "needs --source"),
      (["sample", project.model, "--lines", "0"], 64, "--lines must be from 1"),
      (["sample", project.model, "--temperature", "nan"], 64, "--temperature must be from 0"),
      (["sample", project.model, "--seed=-1"], 64, "--seed must not be negative"),
      (["sample", project.model, "--prompt", "a\nb"], 64, "--prompt must be one line"),
    ]
    for (arguments, code, message) in refusals {
      let result = try Command(arguments)
      #expect(result.exitCode == code, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(message), "\(arguments): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(arguments): \(result.errors)")
      #expect(result.output == "", "\(arguments)")
    }
  }

  @Test(
    "a text or a configuration that makes no streams is refused on all ranks by one sentence",
    arguments: [
      ("data.source=text", "a language model has none"),
      ("training.blockLength=53", "4 streams has 52, less than training.blockLength 53"),
      ("training.batchSize=211", "211 streams has 0, less than training.blockLength 6"),
      ("data.target=none", "/none: No such file"),
      ("data.target=", "the configuration does not say data.target"),
      ("data.validationTarget=empty", "/empty is empty"),
    ])
  func streams(setting: String, message: String) throws {
    project.folder.write("", to: "empty")
    for before in [false, true] {
      // Also where the text was prepared for a configuration that fits.
      if before { #expect(try Command("prepare", project.config).exitCode == 0) }
      let result = try Command("train", project.config, "--ranks", "2", "--set", setting)
      #expect(result.exitCode == 65, "\(result.errors)")
      #expect(result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
  }

  @Test("a training starts from a language model, and replaces a model of another type whole")
  func start() throws {
    #expect(try train("--set", "training.steps=20").exitCode == 0)
    let further = try train(
      "--from", project.model, "--set", "training.output=further", "--set", "training.steps=0")
    #expect(further.exitCode == 0, "\(further.errors)")
    let weights = "/model.safetensors"
    #expect(
      try Data(contentsOf: URL(fileURLWithPath: project.model + weights))
        == Data(contentsOf: URL(fileURLWithPath: project.folder.path + "/further" + weights)))

    let other = ToyProject()
    #expect(try Command("train", other.config, "--set", "training.steps=0").exitCode == 0)
    let mixed = try train("--from", other.model, "--set", "training.output=mixed")
    #expect(mixed.exitCode == 65)
    #expect(mixed.errors.contains("is of model.type seq2seq"), "\(mixed.errors)")
    let output = "training.output=\(other.model)"
    let replaced = try train("--overwrite", "--set", output, "--set", "training.steps=0")
    #expect(replaced.exitCode == 0, "\(replaced.errors)")
    #expect(!other.folder.files.contains("model/source.vocab"))
    #expect(try Command("score", other.model, "--target", project.text).exitCode == 0)
  }

  @Test("under mpirun rank 0 samples, and all ranks score")
  func job() throws {
    #expect(try train("--set", "training.steps=3").exitCode == 0)
    let alone = try Command("sample", project.model, "--lines", "3")
    let root = getuid() == 0 ? "--allow-run-as-root" : ""
    let job = "mpirun \(root) --oversubscribe --bind-to none --timeout 120 -n 2 \"$0\""
    let sampled = try Command.shell("\(job) sample '\(project.model)' --lines 3")
    #expect(sampled.exitCode == 0, "\(sampled.errors)")
    #expect(sampled.output == alone.output)
    let scored = try Command.shell("\(job) score '\(project.model)' --target '\(project.text)'")
    #expect(scored.output.split(separator: "\n").count == 60, "\(scored.errors)")
    let refused = try Command.shell("\(job) translate '\(project.model)' </dev/null")
    #expect(refused.exitCode == 65, "\(refused.errors)")
    #expect(refused.errors.contains("translates nothing"))
  }
}
