import ArgumentParser
import Seq2Seq

/// `launcher generate`
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Make up a text to learn from, and its translation.",
    discussion: """
      addition: sums of two numbers of up to three digits (57+5, 62). dates: dates from 1970 to \
      2037 in sixteen forms, and as ISO 8601 has them (27 SEP 1994, 1994-09-27). The folder \
      receives train.source and train.target with four fifths of the lines, and valid.… and test.… \
      with a tenth each. No line is there twice, and no day in two parts. Examples/ has \
      configurations that learn them.
      """)

  @Argument(help: "What the text is about.")
  var task: GeneratedText.Kind

  @Option(help: "Lines of the three parts together.")
  var count = 50_000

  @Option(help: "What the text follows from: one seed is one text, everywhere.")
  var seed: UInt64 = 1

  @Option(help: "The folder for the files.", completion: .directory)
  var output: String

  func validate() throws {
    guard !output.isEmpty else { throw ValidationError("--output is empty; name a folder") }
  }

  func run() throws {
    let text = try GeneratedText(task, count: count, seed: seed)
    warnOfReplacing(GeneratedText.files(in: output))
    try text.write(to: output)
    try StandardOutput.line("wrote \(task.rawValue), seed \(seed), to \(output)")
    try StandardOutput.line(Self.row(["part", "lines", "the first source", "the first target"]))
    for part in text.parts {
      let first = part.lines[0]
      try StandardOutput.line(
        Self.row([part.name, grouped(part.lines.count), first.source, first.target]))
    }
  }

  private static func row(_ fields: [String]) -> String {
    "  "
      + zip(fields, [7, 11, 32, 0]).map { field, width in
        width == 0 ? field : field.padded(to: width)
      }.joined()
  }
}

extension GeneratedText.Kind: ExpressibleByArgument {}
