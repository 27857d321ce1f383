import Foundation
import TestSupport
import Testing

/// Commands with several models.
@Suite("The launcher, with ensembles", .serialized)
struct EnsembleTests {
  private let project = ToyProject()

  private func train(_ output: String, _ settings: String...) throws {
    let words = ["training.steps=10", "training.output=\(output)"] + settings
    let result = try Command(["train", project.config] + words.flatMap { ["--set", $0] })
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  /// A model, another of its kind, and a language model of their target.
  private func trainAll() throws {
    try train("a")
    try train("b", "training.seed=2", "model.attention=dot")
    let path = project.folder.path
    project.folder.write(
      """
      model: {type: language-model, layers: 1, hiddenSize: 4, embeddingSize: 4}
      data: {target: train.target, targetVocabulary: a/target.vocab}
      training: {output: lm, batchSize: 2, steps: 5, optimizer: adam}
      """, to: "lm.yaml")
    #expect(try Command("train", "\(path)/lm.yaml").exitCode == 0)
  }

  /// Runs a command in the project's folder, where line feeds and blanks part its words.
  private func run(_ command: String, input: String = "1 2\n3\n\n7 nothing\n") throws -> Command {
    try Command(
      command.split(separator: " ").map(String.init), input: Data(input.utf8),
      in: project.folder.path)
  }

  private func output(_ command: String) throws -> String {
    let result = try run(command)
    #expect(result.exitCode == 0, "\(command): \(result.errors)")
    #expect(!result.output.isEmpty)
    return result.output
  }

  private let text = "--source train.source --target train.target"

  @Test("an ensemble of one is the model byte for byte, however it is named")
  func one() throws {
    try train("a")
    for command in ["translate", "score", "evaluate"] {
      let rest =
        command == "translate" ? "--beam 3" : command == "score" ? text : text + " --beam 2"
      #expect(
        try output("\(command) a \(rest)") == (try output("\(command) --model a \(rest)")),
        "\(command)")
    }
  }

  @Test("several models translate, score and evaluate, whatever the order in which they are named")
  func several() throws {
    try trainAll()
    let scores = try output("score a --model b \(text)")
    #expect(scores.split(separator: "\n").count == 64)
    #expect(scores == (try output("score --model a --model b \(text)")))
    #expect(scores != (try output("score a --model b --average linear \(text)")))
    #expect(scores != (try output("score a --model b --weights 1,3 \(text)")))
    // A weight of nearly all is that model.
    let (alone, heavy) = (
      try output("score b \(text)"), try output("score a --model b --weights 1e-9,1 \(text)")
    )
    for (left, right) in zip(alone.split(separator: "\n"), heavy.split(separator: "\n")) {
      #expect(abs(Double(left)! - Double(right)!) < 1e-4)
    }
    #expect(
      try output("translate a --model b --beam 2").count { $0 == "\n" } == 4)
    #expect(
      try output("translate a --model b --average linear --weights 2,1 --beam 2 --n-best 2")
        .contains("\n2 |||  ||| logp= 0.0 ||| 0.0\n"))
    #expect(try output("evaluate a --model b --beam 1 \(text)").contains("\nperplexity  "))
    // One of them has attention, which is enough.
    let unknown = try run("translate a --model b --replace-unknown --alignments pairs --beam 1")
    #expect(unknown.exitCode == 0, "\(unknown.errors)")
    #expect(project.folder.read("pairs")?.count { $0 == "\n" } == 4)
  }

  @Test("a language model joins a translator, and language models alone score lines")
  func languageModels() throws {
    try trainAll()
    for command in ["translate --model lm --model a --beam 2", "translate a --model lm --beam 2"] {
      #expect(try output(command).count { $0 == "\n" } == 4)
    }
    let joined = try output("score lm --model a \(text)")
    #expect(joined.split(separator: "\n").count == 64)
    let lines = try output("score lm --model lm --weights 3,1 --target train.target")
    let alone = try output("score lm --target train.target")
    for (left, right) in zip(lines.split(separator: "\n"), alone.split(separator: "\n")) {
      #expect(abs(Double(left)! - Double(right)!) < 1e-4)
    }
    #expect(
      try output("evaluate --model lm --model lm --target train.target").contains("perplexity"))
  }

  @Test("models that do not fit together, and weights that do not, are refused by one sentence")
  func mistakes() throws {
    try trainAll()
    try train("small", "data.targetVocabularySize=5")
    try train("letters", "data.tokenizer=characters")
    let source = "--source train.source --target train.target"
    for (command, code, message) in [
      ("translate a --model small", 65, "have different target vocabularies, from line 6"),
      ("score a --model small \(source)", 65, "different target vocabularies"),
      ("evaluate small --model a \(source)", 65, "different target vocabularies"),
      ("translate a --model letters", 65, "have the tokenizers whitespace and characters"),
      ("translate lm --model lm", 65, "is a language model, which translates nothing"),
      ("translate", 64, "name a model folder"), ("score \(source)", 64, "name a model folder"),
      ("translate a --weights 1", 64, "--average and --weights are for several models"),
      ("translate a --average log", 64, "--average and --weights are for several models"),
      ("translate a --model b --weights 1", 64, "1 weights for 2 models"),
      ("translate a --model b --weights 1,x", 64, "--weights must be positive numbers"),
      ("translate a --model b --weights 1,0", 64, "--weights must be positive numbers"),
      ("translate a --model b --weights 1,,2", 64, "--weights must be positive numbers"),
      ("translate a --model b --average mean", 64, "--average"),
      ("score lm --model lm \(source)", 64, "is a language model, which reads no source"),
    ] as [(String, Int32, String)] {
      let result = try run(command)
      #expect(result.exitCode == code, "\(command): \(result.errors)")
      #expect(result.errors.contains(message), "\(command): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(command): \(result.errors)")
      #expect(result.output == "")
    }
  }
}
