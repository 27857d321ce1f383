import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Translations")
struct TranslatorTests {
  private let folder = TemporaryFolder()

  /// A model with attention that says nothing but `<unk>`, until it must end.
  private func speechless() throws -> TrainedModel {
    let model = try TorchFixture("attention").model
    model.parameters.pointer(model.output.bias)[Int(Vocabulary.unknown)] = 100
    return model
  }

  @Test(
    "unknown words are what attention looks at most, as it stands in the text, or its translation")
  func unknownWords() throws {
    let ensemble = Ensemble(try speechless())
    var options = TranslationOptions(search: SearchOptions(beamSize: 2))
    options.search.maxLength = 5
    let lines = ["w2 Ünknown w3 \"x\\", "never", ""]
    let plain = try Translator(ensemble, options).translate(lines)
    #expect(
      plain.map(\.text) == ["<unk> <unk> <unk> <unk> <unk>", "<unk> <unk> <unk> <unk> <unk>", ""])
    #expect(plain.allSatisfy { $0.hypotheses[0].positions.isEmpty })
    options.alignments = .positions
    let positions = try Translator(ensemble, options).translate(lines).map(
      \.hypotheses[0].positions)
    #expect(positions.map(\.count) == [5, 5, 0])
    options.alignments = .none
    for dictionary in ["", "never\tnie\nÜnknown  b \n", "w3 drei\n\"x\\ \"\\\n"] {
      let path = folder.write(dictionary, to: "dictionary")
      options.unknownWords = try WordDictionary(contentsOf: path)
      let texts = try Translator(ensemble, options).translate(lines).map(\.text)
      for (line, (text, positions)) in zip(lines, zip(texts, positions)) {
        let words = line.split(separator: " ").map { word in
          let own = dictionary.split(separator: "\n").first {
            $0.hasPrefix("\(word) ") || $0.hasPrefix("\(word)\t")
          }
          return own.map { String($0.dropFirst(word.count).filter { $0 != " " && $0 != "\t" }) }
            ?? String(word)
        }
        #expect(text == positions.map { words[$0] }.joined(separator: " "))
      }
    }
    #expect(throws: InputError.self) {
      try Translator(Ensemble(try TorchFixture("gru").model), options)
    }
  }

  @Test(
    "a dictionary that is none is refused with its line",
    arguments: [
      ("a b\nc\n", 2, "must be a source word, a blank or tab, and its translation"),
      ("a b c\n", 1, "must be a source word"), ("\n", 1, "must be a source word"),
      ("a b\na\tc\n", 2, "'a' is there twice, first in line 1"),
    ])
  func dictionaries(text: String, line: Int, message: String) throws {
    let path = folder.write(text, to: "dictionary")
    let error = #expect(throws: InputError.self) { try WordDictionary(contentsOf: path) }
    #expect(error?.description.hasPrefix("\(path):\(line): \(message)") == true, "\(error!)")
  }

  @Test("a prefix begins the translation to the letter, blanks and unknown words too")
  func prefixes() throws {
    let model = try speechless()
    var options = TranslationOptions(search: SearchOptions(beamSize: 3))
    options.search.maxLength = 4
    options.unknownWords = WordDictionary()
    let lines = ["w2 w3", "w4 other", "w2", "", "w5"]
    let prefixes = ["w3  Ünknown", "w2 ", "", " a  b", "w2 w2 w2 w2 <unk>"]
    let translator = try Translator(Ensemble(model), options)
    let found = try translator.translate(lines, prefixes: prefixes)
    for (translation, prefix) in zip(found, prefixes) {
      #expect(translation.text.utf8.starts(with: prefix.utf8))
    }
    #expect(found[0].text.split(separator: " ").count == 4)
    #expect(found[1].text.hasPrefix("w2 other") || found[1].text.hasPrefix("w2 w4"))
    #expect(found[2] == (try translator.translate([lines[2]])[0]))
    #expect(found[3].text == prefixes[3] && found[3].hypotheses[0].score == 0)
    // It is longer than a translation may be, and its own unknown word stays.
    #expect(found[4].text == prefixes[4])
    let score = try Scorer(Ensemble(model)).score([
      SentencePair(source: model.encodeSource(lines[4]), target: model.encodeTarget(prefixes[4]))
    ])
    #expect(abs(score[0].logProbability - found[4].hypotheses[0].score) < 1e-4)
  }

  @Test("of several translations each has its score, its total and its alignment")
  func hypotheses() throws {
    let ensemble = Ensemble(try TorchFixture("attention").model)
    var options = TranslationOptions(search: SearchOptions(beamSize: 4))
    (options.search.nBest, options.search.lengthPenalty) = (4, .wu(alpha: 0.7))
    options.alignments = .weights
    let lines = ["w2 w3 w4", "", "w7 \u{2028}"]
    let found = try Translator(ensemble, options).translate(lines)
    #expect(found.map(\.hypotheses.count) == [4, 1, 4])
    for (line, translation) in zip(lines, found) {
      let totals = translation.hypotheses.map(\.total)
      #expect(totals == totals.sorted(by: >))
      for hypothesis in translation.hypotheses {
        let count = hypothesis.text.split(separator: " ").count + 1
        let divisor = pow(Double(5 + count) / 6, 0.7)
        #expect(abs(hypothesis.total * divisor - hypothesis.score) < 1e-9)
        let alignment = try #require(hypothesis.alignment)
        #expect(alignment.positions == hypothesis.positions)
        let again = try Aligner(ensemble).align([(line, hypothesis.text)])[0]
        #expect(alignment == again)
      }
    }
  }

  @Test("what goes from process to process arrives as it was, to the last digit")
  func fields() {
    let odd = ["a\"b\\", "\u{1}\u{7F}", "é\u{301}/", "</script>", " ", "\t"]
    let alignment = Alignment(
      source: odd, target: ["\u{2028}", "<eos>"],
      weights: [[0.1, 1e-9, 0.3333333, 1, 0, .leastNonzeroMagnitude], [1, 2, 3, 4, 5, 6]])
    let translation = Translation(
      hypotheses: [
        .init(text: "a ||| b", score: -1 / 3, total: -1e-300, positions: [3], alignment: alignment),
        .init(text: "", score: 0, total: 0),
        .init(
          text: "x", score: -2, total: -2, positions: [],
          alignment: Alignment(source: [], target: ["x", "<eos>"], weights: [[], []])),
      ], source: WordCounts(unknown: 2, words: 3))
    #expect(translation.fields.allSatisfy { !$0.contains("\n") })
    #expect(Translation(fields: translation.fields) == translation)
    #expect(translation.hypotheses[0].pharaoh == "3-0")
    let json = try? JSONSerialization.jsonObject(with: Data("{\(alignment.jsonMembers)}".utf8))
    #expect((json as? [String: Any])?["source"] as? [String] == odd)
    #expect(((json as? [String: Any])?["weights"] as? [[Double]])?[1] == [1, 2, 3, 4, 5, 6])
  }
}
