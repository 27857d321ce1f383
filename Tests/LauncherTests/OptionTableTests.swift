import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import Seq2Seq
@testable import launcher

/// Every option of every command and every key of a configuration, given what nobody means: none
/// ends in a trap.
@Suite("Every option and key", .serialized)
struct OptionTableTests {
  private let project = ToyProject()

  private var languageModel: String { project.folder.path + "/language" }

  private static let values = [
    "-1", "0", "2147483648", "9223372036854775807", "10000000000000000000", "nan", "inf", "",
    // As much as the system lets one argument be.
    String(repeating: "x", count: 131_000),
  ]

  /// What a command needs besides the option in question, to be done quickly.
  private func base(_ command: [String]) -> [String] {
    let text = ["--source", project.source, "--target", project.target]
    return switch command {
    case ["generate"]: ["addition", "--count", "10", "--output", "generated"]
    case ["prepare"]: [project.config]
    case ["train"]: [project.config, "--overwrite", "--set", "training.steps=1"]
    case ["translate"]: [project.model, "--replace-unknown", "--beam", "1"]
    case ["score"]: [project.model] + text
    case ["rescore"]:
      [project.model, "--source", project.source, "--n-best", project.folder.path + "/nbest"]
    case ["evaluate"]: [project.model] + text + ["--beam", "1"]
    case ["sample"]: [languageModel, "--lines", "1"]
    case ["embed"]: [project.model, "--output", "v.npy"]
    case ["project"]: ["vectors.npy"]
    case ["report"]: [project.model, "--output", project.folder.path + "/r", "--beam", "1"]
    case ["benchmark", "training"]:
      [
        "--grids", "1x1", "--layers", "1", "--hidden", "4", "--batch", "2", "--length", "2",
        "--steps", "1", "--warmup", "0", "--source-vocabulary", "9", "--target-vocabulary", "9",
      ]
    case ["benchmark", "kernels"]: ["--ranks", "1", "--hidden", "4", "--sentences", "2"]
    case ["benchmark", "exchange"]: ["--ranks", "1", "--sizes", "1"]
    default: []
    }
  }

  private struct Help: Decodable {
    struct Command: Decodable {
      var commandName: String
      var subcommands: [Command]?
      var arguments: [Argument]?
    }
    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var kind: String
      var names: [Name]?
    }
    var command: Command
  }

  /// Every option of every command that is no group of commands.
  private func options() throws -> [(command: [String], option: String?)] {
    let help = try JSONDecoder().decode(
      Help.self, from: Data(try Command("--experimental-dump-help").output.utf8))
    var found: [(command: [String], option: String?)] = []
    func visit(_ command: Help.Command, path: [String]) {
      for sub in command.subcommands ?? [] where sub.commandName != "help" {
        visit(sub, path: path + [sub.commandName])
      }
      guard (command.subcommands ?? []).isEmpty else { return }
      for argument in command.arguments ?? [] {
        let name = argument.names?.first { $0.kind == "long" }?.name
        if argument.kind == "option", let name { found.append((path, "--" + name)) }
        if argument.kind == "positional" { found.append((path, nil)) }
      }
    }
    visit(help.command, path: [])
    return found
  }

  private func expectNoTrap(_ arguments: [String]) throws {
    let result = try Command(arguments, input: Data("1 2\n".utf8), in: project.folder.path)
    let words = arguments.map { $0.count > 100 ? "…" : $0 }.joined(separator: " ")
    #expect([0, 64, 65, 75].contains(result.exitCode), "\(words): \(result.errors)")
    let errors = result.errors.split(separator: "\n").filter { !$0.contains(": warning: ") }
    #expect(errors.count == (result.exitCode == 0 ? 0 : 1), "\(words): \(result.errors)")
    #expect(errors.allSatisfy { $0.unicodeScalars.count <= 300 }, "\(words)")
  }

  @Test("options")
  func allOptions() throws {
    #expect(
      try Command(
        "train", project.config, "--set", "training.steps=1", "--set", "model.attention=dot"
      ).exitCode == 0)
    project.folder.write(
      "model: {type: language-model, layers: 1, hiddenSize: 4, embeddingSize: 4}\n"
        + "data: {target: train.target}\ntraining: {output: language, batchSize: 2}\n",
      to: "language.yaml")
    #expect(
      try Command("train", project.folder.path + "/language.yaml", "--set", "training.steps=1")
        .exitCode == 0)
    project.folder.write("0 ||| one ||| ||| -1\n", to: "nbest")
    let embedded = try Command(
      ["embed", project.model, "--source", project.source, "--output", "vectors.npy"],
      in: project.folder.path)
    #expect(embedded.exitCode == 0)
    let options = try options()
    #expect(options.count > 40)
    for (command, option) in options {
      // Where a value is a name of a file, the work is done: seconds for the products.
      let isSlow =
        command == ["benchmark", "kernels"] && ["--json", "--worker"].contains(option)
      for value in isSlow ? Self.values.suffix(2) : Self.values {
        if let option {
          // In one word: a value may begin with a dash.
          try expectNoTrap(command + base(command) + ["\(option)=\(value)"])
        } else {
          try expectNoTrap(command + [value] + base(command).dropFirst())
        }
      }
    }
  }

  @Test("a megabyte of text, which no system passes on but a caller may")
  func megabyte() throws {
    let text = String(repeating: "x", count: 1 << 20)
    for (command, option) in try options() {
      let arguments =
        option.map { command + base(command) + ["\($0)=\(text)"] }
        ?? command + [text] + base(command).dropFirst()
      do { _ = try Launcher.parseAsRoot(arguments) } catch {
        #expect(Launcher.exitCode(for: error) == .validationFailure)
      }
    }
    for key in ConfigurationKey.all {
      #expect(throws: InputError.self) {
        try Configuration(
          contentsOf: project.folder.write("", to: "empty.yaml"), settings: ["\(key.name)=\(text)"])
      }
    }
  }

  @Test("keys")
  func allKeys() throws {
    for key in ConfigurationKey.all {
      for value in Self.values {
        let setting = "\(key.name)=\(value)"
        do {
          _ = try Configuration(contentsOf: project.config, settings: [setting])
        } catch let error as InputError {
          #expect(error.kind == .usage)
          continue
        }
        // What is allowed is done.
        try expectNoTrap([
          "train", project.config, "--overwrite", "--set", "training.epochs=0.25", "--set", setting,
        ])
      }
    }
  }
}
