import Foundation
import TestSupport
import Testing

@Suite("launcher generate")
struct GenerateTests {
  private let folder = TemporaryFolder()

  private func generate(_ arguments: String...) throws -> Command {
    try Command(["generate"] + arguments + ["--output", folder.path + "/text"])
  }

  private var files: [String?] {
    ["train", "valid", "test"].flatMap { ["\($0).source", "\($0).target"] }.map {
      folder.read("text/\($0)")
    }
  }

  @Test("writes three parts and says what they are; a seed repeats them")
  func text() throws {
    let result = try generate("dates", "--count", "20", "--seed", "7")
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[0] == "wrote dates, seed 7, to \(folder.path)/text")
    #expect(lines[1] == "  part   lines      the first source                the first target")
    for (line, start) in zip(lines[2...], ["  train  16  ", "  valid  2  ", "  test   2  "]) {
      #expect(line.hasPrefix(start))
      #expect(line.contains(/\s[12]\d{3}-\d\d-\d\d$/))
    }
    let first = files
    #expect(first.compactMap { $0?.split(separator: "\n").count } == [16, 16, 2, 2, 2, 2])
    #expect(try generate("dates", "--count", "20", "--seed", "7").exitCode == 0)
    #expect(files == first)
    #expect(try generate("dates", "--count", "20").exitCode == 0)
    #expect(files != first)
  }

  @Test("files that are there are replaced, and it is said, once")
  func replacing() throws {
    folder.write("precious\n", to: "text/test.target")
    let one = try generate("addition", "--count", "10")
    #expect(
      one.errors
        == "launcher: warning: \(folder.path)/text/test.target is there already, with 9 bytes: it is "
        + "replaced\n")
    let all = try generate("addition", "--count", "10")
    #expect(all.errors.hasPrefix("launcher: warning: 6 files are there already, with "))
    #expect(
      all.errors.hasSuffix(
        " bytes, the first of them \(folder.path)/text/train.source: they are replaced\n"))
    #expect(folder.files.count == 7)
  }

  @Test(
    "mistakes of the command line",
    arguments: [
      ("dates --count 0 --output x", "--count must be from 10"),
      ("dates --count=-1 --output x", "--count must be from 10"),
      ("addition --count 1000001 --output x", "to 1000000, the most that addition has"),
      ("sums --output x", "the value 'sums' is invalid for '<task>'"),
      ("dates", "--output"), ("dates --output ''", "--output is empty; name a folder"),
      ("dates --seed=-1 --output x", "--seed"),
    ])
  func mistakes(arguments: String, message: String) throws {
    let result = try Command.shell("cd '\(folder.path)' && \"$0\" generate \(arguments)")
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(folder.files.isEmpty)
  }

  @Test("a folder that cannot be made, and a disk that is full, leave what was there")
  func cannotBeWritten() throws {
    folder.write("", to: "text")
    let noFolder = try generate("dates", "--count", "10")
    #expect(noFolder.exitCode == 75)
    #expect(noFolder.errors.contains("/text: there is something else"))

    folder.write("precious\n", to: "other/train.source")
    let full = try Command.shell(
      "trap '' XFSZ; ulimit -f 20; \"$0\" generate addition --output '\(folder.path)/other'")
    #expect(full.exitCode == 75)
    #expect(full.errors.contains("cannot write \(folder.path)/other/train.source"))
    #expect(folder.read("other/train.source") == "precious\n")
    #expect(folder.files == ["other", "other/train.source", "text"])
  }

  @Test("what is generated can be trained on")
  func training() throws {
    #expect(try generate("addition", "--count", "200").exitCode == 0)
    let config = folder.write(
      """
      model: {layers: 1, hiddenSize: 8, embeddingSize: 4}
      data: {source: text/train.source, target: text/train.target, tokenizer: characters,
        validationSource: text/valid.source, validationTarget: text/valid.target}
      training: {output: model, steps: 2, batchSize: 16, validateExact: true}
      """, to: "config.yaml")
    let trained = try Command("train", config)
    #expect(trained.exitCode == 0)
    #expect(trained.errors == "")
    #expect(trained.output.contains("160 sentence pairs"))
    #expect(trained.output.contains("  exact 0.00 %"))
  }
}
