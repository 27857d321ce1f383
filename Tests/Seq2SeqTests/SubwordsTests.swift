import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Subwords")
struct SubwordsTests {
  private let folder = TemporaryFolder()

  @Test(
    "pieces become words",
    arguments: [
      (.words, "a@@ b ▁c ￭d", "a@@ b ▁c ￭d"),
      (.bpe, "lo@@ w@@ er news@@ ", "lower news"), (.bpe, "a@@b @@ c@@@ d@@", "a@@b c@d"),
      (.bpe, "a@@ \u{301}b @@\u{301} c", "a\u{301}b @@\u{301} c"), (.bpe, "", ""),
      (.sentencepiece, "▁He llo ▁wor ld .", "Hello world."),
      (.sentencepiece, "▁ \u{301}a ▁b", "\u{301}a b"), (.sentencepiece, "a ▁ ▁b", "a  b"),
      (.joiner, "Save (￭ as ￭) ￭!", "Save (as)!"),
      (.joiner, "l'￭ eau  a￭ ￭\u{301}", "l'eau a\u{301}"),
    ] as [(Subwords, String, String)])
  func words(subwords: Subwords, line: String, expected: String) {
    #expect(
      Array(subwords.words(of: line).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test("translations and references are put together before they are compared")
  func evaluation() throws {
    let hypotheses = folder.write("▁the ▁ca t ▁s at ▁here .\n", to: "h")
    let target = folder.write("▁the ▁c at ▁sat ▁h ere .\n", to: "t")
    let files = EvaluatedFiles(references: [target], hypotheses: [hypotheses])
    var options = Evaluation.Options()
    options.subwords = .sentencepiece
    let words = try Evaluation(of: files, options: options)
    #expect(abs(try #require(words.bleu) - 100) < 1e-9)
    #expect(words.sentences == 1)
    #expect(words.warnings == [])
    let pieces = try Evaluation(of: files)
    #expect(try #require(pieces.bleu) < 50)
  }

  /// A model whose translations begin with the piece `s6@@` and go on with many `w7`.
  private func pieceModel(_ key: String) throws -> TrainedModel {
    let fixture = try TorchFixture("layers2").folder
    for file in ["config.yaml", "source.vocab", "target.vocab", "model.safetensors"] {
      folder.write(try Data(contentsOf: URL(fileURLWithPath: fixture + "/" + file)), to: file)
    }
    let config = try #require(folder.read("config.yaml"))
    folder.write(config + "data: {subwords: \(key)}\n", to: "config.yaml")
    let vocabulary = try #require(folder.read("target.vocab"))
    folder.write(
      vocabulary.replacingOccurrences(of: "w6\n", with: "s6@@\n"), to: "target.vocab")
    return try TrainedModel(folder: folder.path)
  }

  @Test(
    "a model's configuration says what the pieces are, unless the call does",
    arguments: [
      ("none", nil, false), ("bpe", nil, true), ("none", .bpe, true), ("bpe", .words, false),
    ]
      as [(String, Subwords?, Bool)])
  func configured(key: String, subwords: Subwords?, isJoined: Bool) throws {
    let model = try pieceModel(key)
    let pieces = try Translator(model, beamSize: 1).translate(["w2 w3 w4"]).map(\.text)[0]
    #expect(pieces.hasPrefix("s6@@ w7 w7 w7 "))
    var options = Evaluation.Options()
    (options.beamSize, options.subwords) = (1, subwords)
    let words = pieces.replacingOccurrences(of: "@@ ", with: "")
    let files = EvaluatedFiles(
      source: folder.write("w2 w3 w4\n", to: "s"), references: [folder.write(words + "\n", to: "t")]
    )
    let evaluation = try Evaluation(
      Ensemble(model), of: files, options: options, over: DistributedLines(over: nil))
    #expect((abs(try #require(evaluation.bleu) - 100) < 1e-9) == isJoined)
    #expect(evaluation.symbols != nil && evaluation.perplexity != nil)
    #expect(evaluation.signatures == [BLEU().signature()])
  }

  @Test(
    "a text of pieces that is said to be of words is warned of, with numbers",
    arguments: [
      ("a@@ b c d\n", "1 of the 4 symbols of", "end in @@", "data.subwords to bpe"),
      ("▁a b\n▁c\n", "2 of the 3 symbols of", "begin with ▁", "data.subwords to sentencepiece"),
      ("a b ￭, c￭ d\n", "2 of the 5 symbols of", "have ￭", "data.subwords to joiner"),
      ("a@@ b ▁c ▁d\n", "2 of the 4 symbols of", "begin with ▁", "--subwords sentencepiece"),
    ])
  func warnings(text: String, numbers: String, mark: String, advice: String) throws {
    let target = folder.write(text, to: "t")
    let files = EvaluatedFiles(references: [target], hypotheses: [target])
    let warnings = try Evaluation(of: files).warnings
    try #require(warnings.count == 1)
    #expect(warnings[0].hasPrefix("\(numbers) \(target) \(mark), so "))
    #expect(warnings[0].contains(advice))
  }

  @Test(
    "a mark now and then is no warning",
    arguments: ["a@@ 1 2 3 4 5 6 7 8 9\n", "\n", "a@@b c@ d ￮\n", "a▁ b▁c @@d\n"])
  func noWarnings(text: String) throws {
    let target = folder.write(text, to: "t")
    let files = EvaluatedFiles(references: [target], hypotheses: [target])
    #expect(try Evaluation(of: files).warnings == [])
  }
}
