import Foundation
import Seq2Seq
import TestSupport
import Testing

@Suite("launcher embed and project", .serialized)
struct VectorCommandTests {
  private let project = ToyProject()
  private var vectors: String { project.folder.path + "/v.npy" }

  private func train() throws {
    #expect(try Command("train", project.config, "--set", "training.steps=2").exitCode == 0)
  }

  private func embed(_ text: String, _ arguments: String...) throws -> Command {
    try Command(
      ["embed", project.model, "--output", vectors] + arguments, input: Data(text.utf8))
  }

  @Test("a line in is a row out, from standard input and from a file, and however many ranks work")
  func rows() throws {
    try train()
    let text = (0..<70).map { "\($0 % 8) \($0 % 3)\n" }.joined() + "\n7"
    let result = try embed(text)
    #expect((result.exitCode, result.output, result.errors) == (0, "", ""))
    let file = try VectorFile(vectors)
    #expect((file.count, file.size) == (72, 64))
    let bytes = try Data(contentsOf: URL(fileURLWithPath: vectors))
    // The empty line, before the last one.
    #expect(bytes.suffix(2 * 256).prefix(256).allSatisfy { $0 == 0 })
    let source = project.folder.write(text, to: "lines")
    #expect(try embed("", "--source", source).exitCode == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: vectors)) == bytes)
    let ranks = try Command.shell(
      "mpirun --allow-run-as-root --oversubscribe -np 2 \"$0\" embed \(project.model) --source \(source) "
        + "--output \(vectors)")
    #expect(ranks.exitCode == 0, "\(ranks.errors)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: vectors)) == bytes)
    for (state, size) in [("hidden", 32), ("top", 32)] {
      #expect(try embed(text, "--state", state).exitCode == 0)
      #expect(try VectorFile(vectors).size == size)
    }
    #expect(try embed("").exitCode == 0)
    #expect(try VectorFile(vectors).count == 0)
  }

  @Test("mistakes have a sentence and leave the file that was there")
  func mistakes() throws {
    try train()
    let old = project.folder.write("old", to: "v.npy")
    let bytes = try Command(
      ["embed", project.model, "--output", old], input: Data([0x31, 0x0A, 0xFF, 0x0A]))
    #expect(bytes.exitCode == 65)
    #expect(bytes.errors.contains("standard input:2: not valid UTF-8"))
    #expect(project.folder.read("v.npy") == "old")
    let device = try Command(["embed", project.model, "--output", "/dev/null"])
    #expect(device.exitCode == 75)
    #expect(device.errors.contains("/dev/null: it is not a regular file"), "\(device.errors)")
    let unknown = try embed("x y z\n")
    #expect(unknown.exitCode == 0)
    #expect(unknown.errors.contains("launcher: warning: nothing of the vocabulary occurs in"))
    #expect(unknown.errors.contains("v.npy is there already, with 3 bytes: it is replaced"))
    for read in [project.source, project.model + "/config.yaml"] {
      let over = try Command(["embed", project.model, "--source", project.source, "--output", read])
      #expect(over.exitCode == 64)
      #expect(
        over.errors.contains("--output would replace") && over.errors.contains("which is read"))
    }
  }

  @Test("a table of labels, places and neighbours, and a picture")
  func table() throws {
    let writer = try VectorFileWriter(vectors, size: 2)
    try writer.append([0, 1, 3, 5, 6, 9, -3, -3])
    try writer.finish()
    let labels = project.folder.write("a\tb\n<c>\nd\n\u{E9}\n", to: "labels")
    let chart = project.folder.path + "/chart.svg"
    let result = try Command(
      "project", vectors, "--labels", labels, "--nearest", "2", "--chart", chart)
    #expect((result.exitCode, result.errors) == (0, ""))
    #expect(
      result.output == """
        label\tx (100.00 %)\ty (0.00 %)\tnearest 1\tcosine\tnearest 2\tcosine
        a b\t-2.5\t0\t<c>\t0.85749\td\t0.83205
        <c>\t2.5\t0\td\t0.99887\ta b\t0.85749
        d\t7.5\t0\t<c>\t0.99887\ta b\t0.83205
        \u{E9}\t-7.5\t0\ta b\t-0.70711\t<c>\t-0.97014

        """)
    let svg = project.folder.read("chart.svg") ?? ""
    #expect(svg.hasPrefix("<svg") && svg.contains("&lt;c&gt;</text>"))
    #expect(svg.contains("first principal component, 100.00 % of the variance"))
    let plain = try Command("project", vectors)
    #expect(plain.output.hasPrefix("label\tx (100.00 %)\ty (0.00 %)\n1\t-2.5\t0\n2\t2.5\t0\n"))
  }

  @Test(
    "what does not fit is refused",
    arguments: [
      ("--labels short", Int32(65), "short has 1 lines, and v.npy 2 vectors"),
      ("--nearest 0", 64, "--nearest must be from 1 to 1000"),
      ("--nearest 2", 65, "v.npy has 2 vectors, so that each has 1 others"),
      ("--chart v.npy", 64, "--chart would replace v.npy, which is read"),
      ("--chart none/c.svg", 75, "cannot write none/c.svg"),
    ])
  func mistakesOfProjections(arguments: String, code: Int32, message: String) throws {
    let writer = try VectorFileWriter(vectors, size: 1)
    try writer.append([1, 2])
    try writer.finish()
    project.folder.write("one\n", to: "short")
    let result = try Command(
      ["project", "v.npy"] + arguments.split(separator: " ").map(String.init),
      in: project.folder.path)
    #expect(result.exitCode == code)
    #expect(result.errors.contains(message), "\(result.errors)")
  }
}
