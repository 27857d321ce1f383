import Testing

@testable import Seq2Seq

/// A text of one segment, and sacreBLEU 2.6.0's score of it with 13a, none, char and intl.
struct GoldenBLEU: CustomTestStringConvertible {
  let testDescription: String
  let hypothesis: String
  let reference: String
  let scores: [Double]

  init(_ name: String, _ hypothesis: String, _ reference: String, _ scores: [Double]) {
    (testDescription, self.hypothesis, self.reference) = (name, hypothesis, reference)
    self.scores = scores
  }

  /// Marks and joiners after blanks and punctuation, Python's white space, entities, equivalents.
  static let oddText: [GoldenBLEU] = [
    GoldenBLEU(
      "combining mark after blank", "a b c d e \u{301}f", "a b c d e f",
      [75.98356856515926, 75.98356856515926, 64.34588841607616, 75.98356856515926]),
    GoldenBLEU(
      "keycap #", "press #\u{FE0F}\u{20E3} to call me back now", "press # to call me back now",
      [59.4603557501361, 64.34588841607616, 83.18180062062373, 59.4603557501361]),
    GoldenBLEU(
      "ZWJ after blank", "a b c d \u{200D}e f", "a b c d e f",
      [53.7284965911771, 53.7284965911771, 48.892302243490086, 53.7284965911771]),
    GoldenBLEU(
      "thai mark after blank", "a b c d \u{E49} e", "a b c d e",
      [53.7284965911771, 53.7284965911771, 53.7284965911771, 53.7284965911771]),
    GoldenBLEU("U+001C", "a b c d\u{1C}e", "a b c d e", [100, 100, 100, 100]),
    GoldenBLEU("U+0085", "a b c d\u{85}e", "a b c d e", [100, 100, 100, 100]),
    GoldenBLEU("U+2028", "a b c d\u{2028}e", "a b c d e", [100, 100, 100, 100]),
    GoldenBLEU("U+3000", "a b c d\u{3000}e", "a b c d e", [100, 100, 100, 100]),
    GoldenBLEU(
      "U+200B", "a b c d\u{200B}e", "a b c d e",
      [46.30777161991026, 46.30777161991026, 53.7284965911771, 46.30777161991026]),
    GoldenBLEU(
      "U+180E", "a b c d\u{180E}e", "a b c d e",
      [46.30777161991026, 46.30777161991026, 53.7284965911771, 46.30777161991026]),
    GoldenBLEU("lone CR in", "a b c d\re", "a b c d e", [100, 100, 100, 100]),
    GoldenBLEU(
      "entity quot", "he said &quot;hello there&quot; now", "he said \"hello there\" now",
      [100, 23.643540225079384, 47.82935117534089, 11.208466750961147]),
    GoldenBLEU(
      "entity amp;quot", "a &amp;quot; b c d e", "a &quot; b c d e",
      [36.55552228545123, 53.7284965911771, 59.687741756345, 58.14307369682194]),
    GoldenBLEU(
      "entity apos", "it &apos;s a b c", "it 's a b c",
      [22.089591134157878, 42.72870063962342, 25.211936184349828, 36.55552228545123]),
    GoldenBLEU(
      "entity + combining", "a b &quot;\u{301} c d", "a b \"\u{301} c d",
      [100, 30.213753973567677, 17.542198478193427, 25.848657697858535]),
    GoldenBLEU(
      "entity &lt; + VS16", "a b &lt;\u{FE0F} c d", "a b <\u{FE0F} c d",
      [100, 30.213753973567677, 22.31618068926665, 25.848657697858535]),
    GoldenBLEU(
      "skipped", "a <skipped> b c d e", "a b c d e",
      [100, 53.7284965911771, 18.798317647335093, 36.55552228545123]),
    GoldenBLEU(
      "skipped + mark", "a <skipped>\u{301} b c d e", "a b c d e",
      [53.7284965911771, 53.7284965911771, 17.395797375642243, 31.55984539112946]),
    GoldenBLEU(
      "numbers", "1,000.5 -3 3-4 5. .5 ,5 1-a a-1 3,a",
      "1,000.5 - 3 3 -4 5 . .5 , 5 1 -a a-1 3 , a",
      [49.502425668334865, 2.882738686795162, 100, 76.4383812294067]),
    GoldenBLEU(
      "arabic digits", "a \u{661},\u{662} b c d", "a \u{661} , \u{662} b c d",
      [100, 28.641904579795423, 100, 28.641904579795423]),
    GoldenBLEU(
      "NFC/NFD", "caf\u{E9} a b c d", "cafe\u{301} a b c d",
      [66.87403049764218, 66.87403049764218, 44.12484512922978, 66.87403049764218]),
    GoldenBLEU(
      "fullwidth", "a\u{FF0C}b c d e f", "a , b c d e f",
      [44.82700320176826, 44.82700320176826, 64.34588841607616, 64.34588841607616]),
    GoldenBLEU(
      "chinese", "\u{6211}\u{4EEC}\u{53BB}\u{5427} a b c",
      "\u{6211}\u{4EEC} \u{53BB}\u{5427} a b c",
      [46.30777161991026, 46.30777161991026, 100, 46.30777161991026]),
    GoldenBLEU(
      "family", "a b c d \u{1F468}\u{200D}\u{1F469}", "a b c d \u{1F468}\u{200D}\u{1F469} x",
      [81.87307530779823, 81.87307530779823, 86.6877899750182, 86.6877899750182]),
    GoldenBLEU("one word", "yes", "yes", [0, 0, 0, 0]),
    GoldenBLEU("no match", "a b c d", "e f g h", [0, 0, 0, 0]),
    GoldenBLEU(
      "short", "a b c d", "a b c d e f g h i j",
      [22.31301601484299, 22.31301601484299, 22.31301601484299, 22.31301601484299]),
    GoldenBLEU("trailing NBSP", "a b c d\u{A0}", "a b c d", [100, 100, 100, 100]),
    GoldenBLEU(
      "NUL", "a\u{0}b c d e f", "a b c d e f",
      [54.75182535069452, 54.75182535069452, 64.34588841607616, 54.75182535069452]),
    GoldenBLEU(
      "all separators",
      "a\u{1C}b\u{1D}c\u{1E}d\u{1F}e\u{B}f\u{C}g\u{1680}h\u{2007}i\u{2029}j\u{202F}k\u{205F}l",
      "a b c d e f g h i j k l", [100, 100, 100, 100]),
    GoldenBLEU(
      "mark after a quote", "he said \"\u{308} go", "he said \" go",
      [42.72870063962342, 35.35533905932737, 70.71067811865478, 42.72870063962342]),
    GoldenBLEU(
      "marks after digits and stops", "1\u{301}. 2,\u{301} .\u{200D}3 -4\u{20E3}-5 6-\u{FE0F}",
      "1\u{301} . 2 , \u{301} . \u{200D}3 -4\u{20E3}-5 6 - \u{FE0F}",
      [100, 3.2174093287959424, 100, 100]),
    GoldenBLEU(
      "mark in an entity", "a &\u{301}quot; &qu\u{301}ot; &lt;\u{338} b c",
      "a &\u{301} quot ; &qu\u{301}ot ; <\u{338} b c",
      [67.74702029865007, 10.89644800332157, 72.45511487202049, 31.170906522700683]),
    GoldenBLEU(
      "entities doubled", "&amp;amp; &amp;lt; &&amp;; a b", "& amp ; < & & ; a b",
      [100, 9.599621398238423, 19.87622471711255, 16.267392600305733]),
    GoldenBLEU(
      "skipped nested", "<skip<skipped>ped> a b c &l<skipped>t; d", "< skipped > a b c < d",
      [100, 23.263472697663296, 32.406944672724215, 20.105373454060025]),
    GoldenBLEU(
      "equivalent", "\u{212B} A\u{30A} \u{D55C} \u{1112}\u{1161}\u{11AB} a b c d",
      "\u{C5} \u{C5} \u{1112}\u{1161}\u{11AB} \u{1112}\u{1161}\u{11AB} a b c d",
      [51.697315395717055, 51.697315395717055, 52.10833656670608, 51.697315395717055]),
    GoldenBLEU(
      "line end", "hyphen-\nated words\nof a text-\n", "hyphenated words of a text-",
      [100, 50.81327481546149, 88.43865924896839, 51.697315395717055]),
    GoldenBLEU("carriage return and line end", "a\r\nb c d e", "a b c d e", [100, 100, 100, 100]),
    GoldenBLEU("empty", "", "a b c d", [0, 0, 0, 0]),
    GoldenBLEU("of nothing", "a b c d", "", [0, 0, 0, 0]),
  ]
}

@Suite("BLEU")
struct BLEUTests {
  private func score(
    _ hypotheses: [String], _ references: [String], _ tokenizer: BLEUTokenizer = .mteval13a
  ) -> Double {
    let bleu = BLEU(tokenizer: tokenizer)
    return bleu.score(ofAll: hypotheses, references.map { [$0] })
  }

  @Test("odd text scores what sacreBLEU gives it", arguments: GoldenBLEU.oddText)
  func oddText(golden: GoldenBLEU) {
    for (tokenizer, expected) in zip(BLEUTokenizer.allCases, golden.scores) {
      let found = score([golden.hypothesis], [golden.reference], tokenizer)
      #expect(abs(found - expected) < 1e-9, "\(tokenizer.rawValue)")
    }
  }

  @Test(
    "corpora score what sacreBLEU gives them",
    arguments: [
      (["a b c"], ["a b d"], 0), (["x y z w"], ["a b c d"], 0), ([""], ["a"], 0), ([], [], 0),
      (["one two three four five"], ["one two nine four five"], 30.213753973567677),
      (["the the the the"], ["the cat the dog sat here"], 11.521590992286539),
    ] as [([String], [String], Double)])
  func corpora(hypotheses: [String], references: [String], expected: Double) {
    #expect(abs(score(hypotheses, references) - expected) < 1e-9)
  }

  @Test(
    "each tokenizer scores a corpus as sacreBLEU does",
    arguments: zip(
      BLEUTokenizer.allCases,
      [49.428970635910154, 25.184775795343647, 60.65832792183649, 45.59475596468561]))
  func tokenizers(tokenizer: BLEUTokenizer, expected: Double) {
    let hypotheses = [
      "The cat sat on the mat.", "It's 3.5% of $1,000-ish (really)!", "Hello , world",
      "a b c d e f", "C'est l'été — déjà vu ?", "&quot;quoted&quot; &amp; more",
    ]
    let references = [
      "The cat is on the mat.", "It's 3.5 % of $1,000 (truly)!", "Hello, big world",
      "a b c d x f", "C'est l'été, déjà vu ?", "\"quoted\" & some more",
    ]
    #expect(abs(score(hypotheses, references, tokenizer) - expected) < 1e-9)
  }

  @Test(
    "the 13a tokenisation",
    arguments: [
      ("It's 3.5% of $1,000-ish (really)!", "It's 3.5 % of $ 1,000 - ish ( really ) !"),
      ("C'est l'été — déjà vu ?", "C'est l'été — déjà vu ?"),
      ("1,2.3 4. a.b, 5-6 x-y -7 .5", "1,2.3 4 . a . b , 5 - 6 x-y -7 . 5"),
      ("U.S. end...", "U . S . end . . ."),
      ("a\\b[c]^d_e`f{g}~h", "a \\ b [ c ] ^ d _ e ` f { g } ~ h"),
      (" ,,, .. -1-2- 3-- ", ", , , . . -1 - 2 - 3 - -"),
      ("a \u{301}b #\u{FE0F}\u{20E3}", "a \u{301}b # \u{FE0F}\u{20E3}"),
      ("a\u{1C}b .\u{301} ,\u{301}", "a b . \u{301} , \u{301}"),
      ("1,\u{301} 2.\u{200D} &lt;\u{FE0F}", "1 , \u{301} 2 . \u{200D} < \u{FE0F}"),
      ("&amp;lt; &amp;quot; &&amp;;", "< & quot ; & & ;"), ("<skip<skipped>ped>", "< skipped >"),
    ])
  func tokenization(line: String, expected: String) {
    let tokens = BLEUTokenizer.mteval13a.tokens(of: line)
    #expect(Array(tokens.joined(separator: [" "])) == Array(expected.unicodeScalars))
  }

  @Test(
    "the international tokenisation",
    arguments: [
      ("It's 3.5% of $1,000-ish (really)!", "It ' s 3.5 % of $ 1,000 - ish ( really ) !"),
      ("C'est l'été — déjà vu ?", "C ' est l ' été — déjà vu ?"),
      // A stop at the end stays with its number; what blanks follow does not.
      ("In 1994.", "In 1994."), ("In 1994. \t", "In 1994."),
      ("1994. a.b 1.b", "1994 . a . b 1 . b"),
      ("½.\u{663},\u{664} #\u{FE0F}\u{20E3}", "½.\u{663},\u{664} # \u{FE0F}\u{20E3}"),
      ("\u{1F44D}\u{1F3FD}+x", "\u{1F44D} \u{1F3FD} + x"),
      // Of Unicode 18.
      ("\u{20C2}x \u{2E60}y \u{12550}.", "\u{20C2} x \u{2E60} y \u{12550}."),
      ("&quot;a&quot;", "& quot ; a & quot ;"),
    ])
  func internationalTokenization(line: String, expected: String) {
    let tokens = BLEUTokenizer.international.tokens(of: line)
    #expect(Array(tokens.joined(separator: [" "])) == Array(expected.unicodeScalars))
  }

  @Test("numbers, punctuation and symbols are those of Unicode 18, as Python's regex has them")
  func categories() {
    let groups = (UInt32(0)...0x10FFFF).compactMap(Unicode.Scalar.init).compactMap(\.categoryGroup)
    #expect(groups.count { $0 == .number } == 2247)
    #expect(groups.count { $0 == .punctuation } == 860)
    #expect(groups.count { $0 == .symbol } == 8760)
  }

  @Test("of several references the closest length counts, and of two the shorter")
  func closestLength() {
    let counts = { (references: [String]) in
      BLEU().counts(of: "a b c d", references: references)[1]
    }
    #expect(counts(["a b c d e f", "a b", "a b c d e"]) == 5)
    #expect(counts(["a b c d e", "a b c"]) == 3)
    #expect(counts(["a b c", "a b c d e"]) == 3)
    #expect(counts(["a"]) == 1)
  }

  @Test("an n-gram counts as often as the reference has it that has it most")
  func clipping() {
    let counts = BLEU().counts(of: "a a a b", references: ["a b", "a a c", "b b"])
    #expect(counts == [4, 3, 3, 2, 0, 0, 4, 3, 2, 1])
  }

  @Test("white space is Python's")
  func whitespace() {
    let whitespace = (UInt32(0)...0x10FFFF).compactMap(Unicode.Scalar.init).filter(
      \.isPythonWhitespace)
    let more: [Unicode.Scalar] = ["\u{1C}", "\u{1D}", "\u{1E}", "\u{1F}"]
    let unicode = (UInt32(0)...0x10FFFF).compactMap(Unicode.Scalar.init).filter {
      $0.properties.isWhitespace || more.contains($0)
    }
    #expect(whitespace == unicode)
    #expect(whitespace.count == 29)
  }

  @Test("the signature is the line that sacreBLEU prints")
  func signature() {
    #expect(
      BLEU().signature() == "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0")
    #expect(BLEU(tokenizer: .whitespace).signature().contains("|tok:none|"))
    #expect(BLEU(tokenizer: .characters).signature().contains("|tok:char|"))
    #expect(
      BLEU(tokenizer: .international).signature(references: 3, bootstrap: Bootstrap())
        == "nrefs:3|bs:1000|seed:12345|case:mixed|eff:no|tok:intl|smooth:exp|version:2.6.0")
    #expect(
      ChrF().signature(references: 2)
        == "nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"
    )
    #expect(ChrF(wordOrder: 2).signature().contains("|nc:6|nw:2|"))
  }
}
