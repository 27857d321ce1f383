import Foundation
import TestSupport
import Testing

/// A model that is there stays whole, or is replaced whole, and only when that was asked for.
@Suite("A model that is there", .serialized)
struct WholeModelTests {
  private let project = ToyProject()

  private func train(_ arguments: String...) throws -> Command {
    try Command(["train", project.config] + arguments)
  }

  private var files: [Data?] {
    ["config.yaml", "source.vocab", "target.vocab", "model.safetensors"].map {
      FileManager.default.contents(atPath: project.model + "/\($0)")
    }
  }

  @Test("the same training again is refused, and changes nothing")
  func again() throws {
    #expect(try train("--set", "training.steps=30").exitCode == 0)
    let (before, metrics) = (files, project.folder.read("model/metrics.jsonl"))
    let result = try train("--set", "training.steps=1")
    #expect(result.exitCode == 64)
    #expect(result.errors.contains("give --overwrite to begin it anew"))
    #expect(files == before && project.folder.read("model/metrics.jsonl") == metrics)
    let overwritten = try train("--overwrite", "--set", "training.steps=1")
    #expect(overwritten.exitCode == 0)
    #expect(overwritten.errors.contains("launcher: warning: a model of 20"))
    #expect(files != before)
  }

  @Test("what a training starts from is the best model until another is better")
  func startIsEvaluated() throws {
    #expect(try train("--set", "training.steps=200").exitCode == 0)
    let weights = files[3]
    let own = try train(
      "--from", project.model, "--overwrite", "--set", "training.learningRate=5", "--set",
      "training.steps=4", "--set", "training.validateEverySteps=2")
    #expect(own.exitCode == 0, "\(own.errors)")
    #expect(own.output.contains("step 0  validation loss "))
    #expect(own.output.split(separator: "\n").count { $0.contains("best so far") } == 1)
    #expect(files[3] == weights)
    // And in a folder of its own it begins with what it started from.
    let other = try train(
      "--from", project.model, "--set", "training.learningRate=5", "--set", "training.steps=2",
      "--set", "training.output=other")
    #expect(other.exitCode == 0, "\(other.errors)")
    let copy = FileManager.default.contents(
      atPath: project.folder.path + "/other/model.safetensors")
    #expect(copy == weights)
  }

  @Test("a validation that is never finite leaves the last model, says so, and is no success")
  func neverFinite() throws {
    // Losses beyond what float32 holds, from parameters and gradients within it.
    #expect(try train("--set", "training.steps=0").exitCode == 0)
    var data = try #require(files[3])
    let largest = withUnsafeBytes(of: Float(1.5e38)) { Data($0) }
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    for start in stride(from: 8 + header, to: data.count, by: 4) {
      data.replaceSubrange(start..<start + 4, with: largest)
    }
    project.folder.write(data, to: "model/model.safetensors")
    let result = try train(
      "--from", project.model, "--set", "training.output=other", "--set", "training.steps=0")
    #expect(result.exitCode == 75, "\(result.errors)")
    #expect(result.errors.contains("launcher: warning: the validation after step 0 has the loss"))
    #expect(result.errors.contains("the last model stands for the best one"), "\(result.errors)")
    #expect(project.folder.files.contains("other/model.safetensors"))
  }

  @Test("a signal ends a training in order, and says what is there", arguments: [true, false])
  func interrupted(hasSaved: Bool) throws {
    let result = try Command.shell(
      """
      cd '\(project.folder.path)'
      "$0" train config.yaml --set training.epochs=100000 --set training.logEverySteps=10 \
        --set training.validateEverySteps=\(hasSaved ? 10 : 1_000_000) > log 2> errors & job=$!
      until grep -q '\(hasSaved ? "best so far" : "step 10/")' log; do :; done
      kill -TERM $job; wait $job; echo "code $?"; cat errors; ls model
      """)
    #expect(result.output.contains("code 75"))
    #expect(result.output.contains("launcher: stopped by SIGTERM after step "))
    #expect(
      result.output.contains(hasSaved ? "; a model of it is in " : "nothing of it was saved"),
      "\(result.output)")
    #expect(result.output.contains("model.safetensors") == hasSaved)
    #expect(!project.folder.files.contains { $0.hasSuffix(".partial") })
  }

  @Test("a model's folder does not become that of a prepared corpus")
  func preparedIntoModel() throws {
    #expect(try train("--set", "training.steps=1").exitCode == 0)
    let before = files
    let result = try Command("prepare", project.config, "--set", "data.prepared=model")
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("holds a model of 20"))
    #expect(files == before)
  }

  @Test("a last model of an earlier training does not stay beside a new best one")
  func staleLast() throws {
    #expect(try train("--set", "training.steps=2").exitCode == 0)
    #expect(project.folder.files.contains("model/last/model.safetensors"))
    let result = try train(
      "--overwrite", "--set", "training.steps=2", "--set", "data.validationSource=", "--set",
      "data.validationTarget=")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(!project.folder.files.contains("model/last"))
  }

  @Test("a training does not replace what it reads, or what is not its own")
  func inputs() throws {
    let config = try #require(project.folder.read("config.yaml"))
    for arguments in [
      ["--set", "training.output=."], ["--set", "training.output=.", "--overwrite"],
      ["--timeline", project.config], ["--timeline", project.model + "/metrics.jsonl"],
      ["--timeline", project.model + "/./model.safetensors"],
      ["--set", "data.prepared=model/last"],
    ] {
      let result = try Command(["train", project.config, "--set", "training.steps=1"] + arguments)
      #expect(result.exitCode == 64, "\(arguments): \(result.errors)")
      #expect(project.folder.read("config.yaml") == config)
    }
    let early = try train("--timeline", project.folder.path + "/none/trace.json")
    #expect(early.exitCode == 75, "\(early.errors)")
    #expect(!early.output.contains("epoch"))
    project.folder.write("<eos>\n<unk>\nmine\n", to: "own/source.vocab")
    let prepared = try Command("prepare", project.config, "--set", "data.prepared=own")
    #expect(prepared.exitCode == 65, "\(prepared.errors)")
    #expect(project.folder.read("own/source.vocab") == "<eos>\n<unk>\nmine\n")
  }

  @Test("a prepared corpus that lacks a file is prepared anew")
  func missingPrepared() throws {
    #expect(try Command("prepare", project.config).exitCode == 0)
    try FileManager.default.removeItem(atPath: project.model + "/prepared/valid.pairs")
    let result = try train("--set", "training.steps=1")
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  @Test("what a killed run left is swept by the next one")
  func leftOvers() throws {
    let name = ".0123456789abcdef.partial"
    for file in ["model", "model/last", "model/prepared"] {
      project.folder.write("x", to: "\(file)/source.vocab\(name)")
    }
    #expect(try train("--set", "training.steps=1").exitCode == 0)
    #expect(!project.folder.files.contains { $0.hasSuffix(".partial") })
  }
}
