import Foundation
import Testing

@testable import launcher

@Suite("The line that tells how work goes on")
struct TerminalTests {
  private static let fields = [
    StatusField("epoch 12.34", importance: 5), StatusField("step 1,234/9,999"),
    StatusField("loss 28.152", importance: 1), StatusField("perplexity 92.24", importance: 6),
    StatusField("10,182 words/s", importance: 3), StatusField("left 1:02:03", importance: 7),
  ]
  /// All of them.
  private static let longest =
    "epoch 12.34  step 1,234/9,999  loss 28.152  perplexity 92.24  10,182 words/s  left 1:02:03"

  @Test(
    "fields fit, and the least important go first",
    arguments: [
      (200, longest),
      // The line has 90 columns, and ^C needs two, and one stays free.
      (93, longest),
      (92, "epoch 12.34  step 1,234/9,999  perplexity 92.24  10,182 words/s  left 1:02:03"),
      (80, "epoch 12.34  step 1,234/9,999  perplexity 92.24  10,182 words/s  left 1:02:03"),
      (79, "epoch 12.34  step 1,234/9,999  perplexity 92.24  left 1:02:03"),
      (60, "step 1,234/9,999  perplexity 92.24  left 1:02:03"),
      (40, "step 1,234/9,999  left 1:02:03"),
      (20, "step 1,234/9,999"),
    ])
  func fitted(columns: Int, expected: String) {
    var line = TerminalLine()
    #expect(line.status(Self.fields, columns: columns) == expected)
  }

  @Test("of two fields that matter as much, the later one goes")
  func equals() {
    let fields = [StatusField("first"), StatusField("second")]
    #expect(TerminalLine.fitted(fields, to: 12) == "first")
  }

  @Test("one field that is too long is cut")
  func cut() {
    #expect(TerminalLine.fitted([StatusField("translated 1,234")], to: 10) == "translated")
    // "e" with an accent that is a code point of its own.
    #expect(TerminalLine.fitted([StatusField("abce\u{301}f")], to: 4) == "abce")
    #expect(TerminalLine.fitted([StatusField("step 1")], to: -2) == "")
    #expect(TerminalLine.fitted([], to: 10) == "")
  }

  @Test("a status replaces the one before it, and so does a line that stays")
  func replaced() {
    var line = TerminalLine()
    #expect(line.line("begun", columns: 80) == "begun\n")
    #expect(line.status([StatusField("step 1")], columns: 80) == "step 1")
    #expect(line.status([StatusField("step 2")], columns: 80) == "\r\u{1B}[Jstep 2")
    #expect(line.line("done", columns: 80) == "\r\u{1B}[Jdone\n")
    #expect(line.line("and gone", columns: 80) == "and gone\n")
  }

  @Test(
    "a line that a narrower terminal has broken is erased in all its rows",
    arguments: [(90, 0), (89, 1), (45, 1), (44, 2), (30, 2), (29, 3), (1, 89)])
  func narrowed(columns: Int, rows: Int) {
    var line = TerminalLine()
    #expect(line.status(Self.fields, columns: 120) == Self.longest)
    #expect(
      line.line("x", columns: columns) == (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\r\u{1B}[Jx\n")
  }

  @Test("a line that is left stays, once; ^C does not, where no line is open")
  func left() {
    var line = TerminalLine()
    #expect(line.leave() == "\r")
    _ = line.status([StatusField("step 1")], columns: 80)
    #expect(line.leave() == "\n")
    #expect(line.leave() == "\r")
    #expect(line.status([StatusField("step 2")], columns: 80) == "step 2")
  }

  @Test(
    "a terminal gets one line, also from ranks that mpirun starts", arguments: ["", "--ranks 2"])
  func training(ranks: String) throws {
    let project = ToyProject()
    let run = try Command.shell(
      "TERM=xterm script -qec \"'$0' train '\(project.config)' \(ranks)\" /dev/null")
    try #require(run.exitCode == 0, "\(run.output)")
    // How many statuses there are depends on how fast it goes; whatever stands on a row that ended was
    // written after the status on it had been erased.
    #expect(run.output.contains("words/s"))
    for row in run.output.split(separator: "\r\n") {
      let kept = row.components(separatedBy: "\r\u{1B}[J").last ?? ""
      #expect(!kept.contains("words/s"), "\(row.debugDescription)")
    }
  }

  @Test("TERM=dumb gets plain lines", arguments: ["", "--ranks 2"])
  func dumb(ranks: String) throws {
    let project = ToyProject()
    let run = try Command.shell(
      "TERM=dumb script -qec \"'$0' train '\(project.config)' \(ranks)\" /dev/null")
    try #require(run.exitCode == 0, "\(run.output)")
    #expect(!run.output.contains("\u{1B}"))
    #expect(run.output.contains("left 0:00\r\n"))
  }
}
