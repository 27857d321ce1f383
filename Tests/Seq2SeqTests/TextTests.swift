import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Tokenizers")
struct TokenizerTests {
  @Test("whitespace splits at blanks and nothing else")
  func whitespace() {
    let tokenizer = WhitespaceTokenizer()
    #expect(tokenizer.symbols(of: " a  b,c\td ") == ["a", "b,c", "d"])
    #expect(tokenizer.symbols(of: "") == [])
    #expect(tokenizer.symbols(of: "a\u{A0}b") == ["a\u{A0}b"])
    #expect(tokenizer.line(of: ["a", "b,c"]) == "a b,c")
  }

  @Test("characters are symbols, blanks too")
  func characters() {
    let tokenizer = CharacterTokenizer()
    #expect(tokenizer.symbols(of: "é 1") == ["é", " ", "1"])
    #expect(tokenizer.line(of: ["é", " ", "1"]) == "é 1")
    // Code points, as other programs count them: a mark is a character of its own.
    #expect(
      tokenizer.symbols(of: "e\u{301}\u{200D}").map { Array($0.unicodeScalars).count } == [1, 1, 1])
  }

  @Test(
    "words part from punctuation, with joiner marks",
    arguments: [
      ("Save (as)!", ["Save", "(￭", "as", "￭)", "￭!"]),
      ("l'eau", ["l'￭", "eau"]),
      ("l’été d'où", ["l’￭", "été", "d'￭", "où"]),
      ("3.14, e-mail x_y.", ["3.14", "￭,", "e-mail", "x_y", "￭."]),
      ("dogs' \"it\"", ["dogs", "￭'", "\"￭", "it", "￭\""]),
      ("... a/b", [".", "￭.", "￭.", "a", "￭/￭", "b"]),
      ("  ", []),
    ])
  func words(line: String, symbols: [String]) {
    #expect(WordTokenizer().symbols(of: line) == symbols)
  }

  @Test(
    "words can be put together again",
    arguments: [
      "Save (as)!", "l'eau d'un « puits »", "don't; it's 3.5% of $1,000-ish (really)...",
      "--option=value <tag> a/b\\c", "'quoted' \"text\" (x)", "¿Qué? ¡No!", "e\u{301}t\u{E9} 漢字、仮名",
      "\u{301} alone", "a\u{FE0F}b 🇫🇷!", "", "x", ".", "''a''",
    ])
  func reversible(line: String) {
    let tokenizer = WordTokenizer()
    let restored = tokenizer.line(of: tokenizer.symbols(of: line))
    #expect(Array(restored.unicodeScalars) == Array(line.unicodeScalars))
  }
}

@Suite("Vocabularies")
struct VocabularyTests {
  private let folder = TemporaryFolder()

  @Test("the most frequent symbols, ties in the order of their bytes")
  func frequency() {
    let counts = ["b": 2, "a": 2, "c": 5, "d": 1, "<eos>": 9].map { (SymbolText($0), $1) }
    let vocabulary = Vocabulary(counts: Dictionary(uniqueKeysWithValues: counts), limit: 5)
    #expect(vocabulary.symbols == ["<eos>", "<unk>", "c", "a", "b"])
    #expect(vocabulary.ids(of: ["c", "d", "<eos>", "<unk>"]) == [2, 1, 1, 1])
  }

  @Test("a file holds them by line, and equivalent texts of other bytes are other symbols")
  func file() throws {
    let vocabulary = Vocabulary(symbols: ["a", " ", "\u{E9}", "e\u{301}"])
    try AtomicFile.write(vocabulary.text, to: folder.path + "/v")
    #expect(folder.read("v") == "<eos>\n<unk>\na\n \n\u{E9}\ne\u{301}\n")
    let read = try Vocabulary(contentsOf: folder.path + "/v")
    #expect(read.ids(of: ["\u{E9}", "e\u{301}", " "]) == [4, 5, 3])
  }

  @Test(
    "a wrong file is refused with its line",
    arguments: [
      ("", "begins with the lines"), ("<eos>\n", "begins with the lines"),
      ("a\nb\n", ":1: must be <eos>"), ("<eos>\n<pad>\n", ":2: must be <unk>"),
      ("<eos>\n<unk>\na\na\n", ":4: 'a' is there twice"), ("<eos>\n<unk>\n\nb\n", ":3: an empty"),
      ("<eos>\n<unk>\na\n<eos>\n", ":4: '<eos>' is there twice"),
    ])
  func refusals(text: String, message: String) {
    let error = #expect(throws: InputError.self) {
      try Vocabulary(contentsOf: folder.write(text, to: "v"))
    }
    #expect(error?.description.contains(message) == true)
  }
}

@Suite("Parallel text")
struct ParallelTextTests {
  private let folder = TemporaryFolder()

  private func pairs(_ source: String, _ target: String) throws -> [[String]] {
    var pairs: [[String]] = []
    let text = try ParallelText(
      source: folder.write(source, to: "s"), target: folder.write(target, to: "t"))
    try text.forEachPair { pairs.append([$0, $1]) }
    return pairs
  }

  @Test("lines are paired, with or without a last line end, and Windows' line ends")
  func lines() throws {
    #expect(try pairs("a\nb\n", "c\r\nd") == [["a", "c"], ["b", "d"]])
    #expect(try pairs("\n", "\n") == [["", ""]])
  }

  @Test("unequal line counts are refused with the shorter file's last line")
  func unequal() {
    let error = #expect(throws: InputError.self) { try pairs("a\nb\nc\n", "d\n") }
    #expect(error?.description.contains("/t ends after line 1, but") == true)
    #expect(throws: InputError.self) { try pairs("", "d\n") }
  }

  @Test("an empty corpus is refused")
  func empty() {
    let error = #expect(throws: InputError.self) { try pairs("", "") }
    #expect(error?.description.contains("/s is empty") == true)
  }

  @Test("text that is not UTF-8 is refused with its line")
  func invalid() throws {
    let text = try ParallelText(
      source: folder.write("a\nb\n", to: "s"),
      target: folder.write(Data([0x61, 0x0A, 0xC3, 0x28, 0x0A]), to: "t"))
    let error = #expect(throws: InputError.self) { try text.forEachPair { _, _ in } }
    #expect(error?.description.hasSuffix("/t:2: not valid UTF-8") == true)
  }

  @Test("a missing file and a folder are refused")
  func missing() {
    #expect(throws: InputError.self) { try TextFile(folder.path + "/none") }
    #expect(throws: InputError.self) { try TextFile(folder.path) }
  }
}
