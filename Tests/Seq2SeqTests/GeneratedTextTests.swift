import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Texts that are made up")
struct GeneratedTextTests {
  private func lines(_ text: GeneratedText) -> [GeneratedText.Line] { text.parts.flatMap(\.lines) }

  @Test(
    "parts have four fifths and two tenths of the lines, and no source line is there twice",
    arguments: GeneratedText.Kind.allCases, [10, 19, 1234, 60_000])
  func parts(kind: GeneratedText.Kind, count: Int) throws {
    let text = try GeneratedText(kind, count: count, seed: 3)
    #expect(text.parts.map(\.name) == ["train", "valid", "test"])
    let tenth = count / 10
    #expect(text.parts.map(\.lines.count) == [count - 2 * tenth, tenth, tenth])
    #expect(Set(lines(text).map(\.source)).count == count)
  }

  @Test(
    "all lines there are can be had",
    arguments: [(GeneratedText.Kind.addition, 1_000_000), (.dates, 397_280)])
  func allLines(kind: GeneratedText.Kind, count: Int) throws {
    #expect(Set(lines(try GeneratedText(kind, count: count, seed: 1)).map(\.source)).count == count)
  }

  @Test(
    "more lines than there are, and too few for three parts, are refused",
    arguments: [
      (GeneratedText.Kind.addition, 1_000_001, 1_000_000), (.addition, 9, 1_000_000),
      (.dates, 397_281, 397_280), (.dates, 0, 397_280), (.dates, -1, 397_280),
    ])
  func impossibleCounts(kind: GeneratedText.Kind, count: Int, most: Int) throws {
    let error = try #require(throws: InputError.self) {
      try GeneratedText(kind, count: count, seed: 1)
    }
    #expect(error.kind == .usage)
    #expect(
      error.description == "--count must be from 10, so that each part has a line, to \(most), the "
        + "most that \(kind) has without a line twice; it is \(count)")
  }

  @Test("a seed means the same with every toolchain, and another one another text")
  func golden() throws {
    func sample(_ kind: GeneratedText.Kind, seed: UInt64 = 1) throws -> [String] {
      try GeneratedText(kind, count: 50_000, seed: seed).parts.flatMap { part in
        part.lines.prefix(2).map { "\($0.source) -> \($0.target)" }
      }
    }
    let addition = try sample(.addition)
    #expect(
      addition == [
        "594+5 -> 599", "643+85 -> 728", "97+43 -> 140", "642+286 -> 928", "58+97 -> 155",
        "53+79 -> 132",
      ])
    let dates = try sample(.dates)
    #expect(
      dates == [
        "Oct 29 2002 -> 2002-10-29", "05-Jun-70 -> 1970-06-05", "July 25, 1983 -> 1983-07-25",
        "20 FEB 2026 -> 2026-02-20", "SUNDAY, AUGUST 17, 1980 -> 1980-08-17",
        "the 16th of January 1982 -> 1982-01-16",
      ])
    #expect(try sample(.addition, seed: 2) != addition)
    #expect(try sample(.dates, seed: 2) != dates)
  }

  @Test("sums are right, and short numbers as frequent as long ones until there are no more")
  func sums() throws {
    var digits: [[Int]: Int] = [:]
    for line in lines(try GeneratedText(.addition, count: 20_000, seed: 1)) {
      let numbers = line.source.split(separator: "+").map { Int($0)! }
      #expect(line.source == "\(numbers[0])+\(numbers[1])")
      #expect(line.target == "\(numbers[0] + numbers[1])")
      digits[numbers.map { "\($0)".count }, default: 0] += 1
    }
    #expect(digits[[1, 1]] == 100 && digits[[1, 2]] == 900 && digits[[2, 1]] == 900)
    for pair in [[1, 3], [2, 2], [2, 3], [3, 1], [3, 2], [3, 3]] {
      #expect((2900...3150).contains(digits[pair] ?? 0), "\(pair)")
    }
  }

  @Test("no part has a day of another, and every form is as frequent as any other")
  func days() throws {
    let text = try GeneratedText(.dates, count: 50_000, seed: 1)
    let days = text.parts.map { Set($0.lines.map(\.target)) }
    #expect(Set(days.joined()).count == days.reduce(0) { $0 + $1.count })
    // In this form alone there are points, in that one a dash.
    for mark: Character in [".", "-"] {
      let count = text.parts[0].lines.count { $0.source.contains(mark) }
      #expect((2350...2650).contains(count), "\(mark)")
    }
  }

  @Test("days and weekdays are those of Foundation's calendar")
  func calendar() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    let days = CalendarDay.all(in: 1970...2037)
    let last = try #require(days.last)
    #expect((last.year, last.month, last.day) == (2037, 12, 31))
    for (number, day) in days.enumerated() {
      let date = Date(timeIntervalSince1970: 86_400 * (Double(number) + 0.5))
      let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
      let found = CalendarDay(
        year: parts.year!, month: parts.month!, day: parts.day!, weekday: parts.weekday! - 1)
      #expect(day == found)
    }
    #expect(CalendarDay.all(in: 2000...2000) == days.filter { $0.year == 2000 })
  }

  @Test("a day in every form")
  func forms() {
    let day = CalendarDay(year: 2004, month: 5, day: 2, weekday: 0)
    #expect(
      DateForm.allCases.map { $0.text(of: day) } == [
        "May 2, 2004", "may 2, 2004", "Sunday, May 2, 2004", "SUNDAY, MAY 2, 2004",
        "2 May 2004", "the 2nd of May 2004", "May 2nd, 2004", "Sun, 2 May 2004",
        "May 2 2004", "MAY 2, 2004", "2 MAY 2004", "02-May-04",
        "5/2/04", "05/02/2004", "2004/5/2", "2.5.2004",
      ])
    let endings = (1...31).map { number in
      DateForm.ordinalAfterMonth.text(
        of: CalendarDay(year: 2004, month: 1, day: number, weekday: 0)
      ).dropFirst("January ".count).prefix { $0 != "," }
    }
    #expect(endings[0] == "1st" && endings[2] == "3rd" && endings[3] == "4th")
    #expect(endings[10...12] == ["11th", "12th", "13th"])
    #expect(endings[20...22] == ["21st", "22nd", "23rd"] && endings[30] == "31st")
  }

  @Test("files are written line for line, into a folder that is made")
  func files() throws {
    let folder = TemporaryFolder()
    let text = try GeneratedText(.dates, count: 40, seed: 1)
    try text.write(to: folder.path + "/a/b")
    for part in text.parts {
      for (side, lines) in [
        ("source", part.lines.map(\.source)), ("target", part.lines.map(\.target)),
      ] {
        #expect(folder.read("a/b/\(part.name).\(side)") == lines.joined(separator: "\n") + "\n")
      }
    }
    #expect(GeneratedText.files(in: folder.path + "/a/b").count == 6)
    #expect(folder.files.count == 8)
  }
}
