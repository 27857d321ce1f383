import Testing

@testable import Seq2Seq

@Suite("Lines of n-best lists")
struct NBestEntryTests {
  private func entry(_ line: String) throws -> NBestEntry {
    try NBestEntry(line, at: "list:7")
  }

  @Test("a line comes back as it was written, whatever its text is")
  func roundTrip() throws {
    for text in [
      "a b", "", " ", "  a ", "a|||b", "|||", "a ||| b", "||| |||", "||||", "e\u{301} ß", "|| |",
    ] {
      var entry = NBestEntry(id: 3, text: text, total: -1.25, rest: ["0-0 1-1", ""])
      entry.addFeature("Model0", [-1.5])
      entry.addFeature("TM", [0.1, 2])
      let read = try self.entry(entry.line)
      #expect(read == entry && read.text.utf8.elementsEqual(text.utf8), "\(entry.line)")
      #expect(read.features == "Model0= -1.5 TM= 0.1 2.0" && read.rest == ["0-0 1-1", ""])
      #expect(read.line == entry.line)
    }
  }

  @Test("a line of Moses keeps all of its fields")
  func moses() throws {
    let line = "12 ||| das ist  ||| d= 0 lm= -9.5 -2 w= -2 ||| -4.25 ||| 0-0 1=1 ||| x"
    var read = try entry(line)
    #expect(read.id == 12 && read.text == "das ist " && read.total == -4.25)
    #expect(read.rest == ["0-0 1=1", "x"] && read.line == line)
    #expect(read.hasFeature("lm") && !read.hasFeature("l") && !read.hasFeature("-2"))
    read.addFeature("Model0", [-3])
    #expect(
      read.line
        == "12 ||| das ist  ||| d= 0 lm= -9.5 -2 w= -2 Model0= -3.0 ||| -4.25 ||| 0-0 1=1 ||| x")
    #expect(try entry("0 ||| a |||  ||| 1e-3").line == "0 ||| a |||  ||| 0.001")
    #expect(try entry("0 ||| ||| ||| +2").text == "")
  }

  @Test(
    "a line that is none is refused with what is wrong and where",
    arguments: [
      ("", "list:7: 1 field; a line of an n-best list is 'id ||| text ||| features ||| total'"),
      ("0 ||| a ||| -1", "list:7: 3 fields"), ("0|||a|||b|||-1", "list:7: 1 field;"),
      ("-1 ||| a ||| f ||| 1", "list:7: the id '-1' is no whole number from 0 on"),
      ("+1 ||| a ||| f ||| 1", "the id '+1'"), (" ||| a ||| f ||| 1", "the id ''"),
      ("1.0 ||| a ||| f ||| 1", "the id '1.0'"), ("٣ ||| a ||| f ||| 1", "the id '٣'"),
      ("9223372036854775808 ||| a ||| f ||| 1", "the id '9223372036854775808'"),
      ("0 ||| a ||| f ||| nan", "list:7: the total 'nan' is no finite number"),
      ("0 ||| a ||| f ||| -inf", "the total '-inf'"),
      ("0 ||| a ||| f ||| 1e999", "the total '1e999'"),
      ("0 ||| a ||| f ||| 0x10", "the total '0x10'"), ("0 ||| a ||| f ||| ", "the total ''"),
      (
        "0 ||| a ||| b ||| f= 1 ||| 2",
        "the total 'f= 1' is no finite number; does the text have a |||"
      ),
    ])
  func refused(line: String, message: String) {
    do {
      _ = try entry(line)
      Issue.record("\(line)")
    } catch {
      #expect("\(error)".contains(message), "\(error)")
    }
  }
}
