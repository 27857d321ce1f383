import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Groups of sentences")
struct EvaluationGroupTests {
  private let folder = TemporaryFolder()

  @Test(
    "groups are of about one size, each sentence is in one, and equal ones are together",
    arguments: [
      ([3, 1, 2, 4], 2, [[1, 2], [0, 3]]), ([1, 1, 1, 2], 2, [[0, 1, 2], [3]]),
      ([5, 5, 5, 5], 3, [[0, 1, 2, 3]]), ([2, 1], 8, [[1], [0]]),
      ([1, 2, 2, 2, 2, 3], 3, [[0, 1, 2, 3, 4], [5]]), ([7], 2, [[0]]), ([], 2, []),
    ] as [([Double], Int, [[Int]])])
  func groups(values: [Double], count: Int, expected: [[Int]]) {
    let groups = SentenceGroups(by: values, count: count).groups
    #expect(groups.map(\.sentences) == expected)
    for group in groups {
      let own = group.sentences.map { values[$0] }
      #expect(group.values == own.min()!...own.max()!)
    }
  }

  /// Evaluates six translations, of which the first three are right.
  private func evaluate(
    source: String? = nil, _ change: (inout Evaluation.Options) -> Void
  ) throws -> Evaluation {
    let right = ["a b c d e", "b b b b", "c", "a a", "b c d", "e"]
    let found = right[..<3] + ["x", "y", "z"]
    var options = Evaluation.Options()
    options.metrics = [.chrF]
    options.groupCount = 2
    change(&options)
    return try Evaluation(
      of: EvaluatedFiles(
        source: source,
        references: [folder.write(right.joined(separator: "\n") + "\n", to: "t")],
        hypotheses: [folder.write(found.joined(separator: "\n") + "\n", to: "h")]),
      options: options)
  }

  @Test("lengths are of the first reference, or of the source where there is one")
  func lengths() throws {
    let groups = try #require(try evaluate { $0.groupings = [.length] }.groups.first).groups
    #expect(groups.map(\.sentences) == [3, 3])
    #expect(groups.map(\.values) == [1...2, 3...5])
    #expect(groups[0].scores[0][0] < groups[1].scores[0][0])
    let source = folder.write("1\n1\n1\n1 2 3 4\n1 2 3 4 5 6\n1 2 3 4\n", to: "s")
    let other = try #require(
      try evaluate(source: source) { $0.groupings = [.length] }.groups.first)
    #expect(other.groups.map(\.values) == [1...1, 4...6])
    #expect(other.groups.map { $0.scores[0][0] } == [100, 0])
  }

  @Test("a word's place is that of its frequency in the text itself, or that of its line in a file")
  func frequencies() throws {
    // b six times, a and c three and two times, d and e two each: b, a, then in the order of their bytes.
    let groups = try #require(try evaluate { $0.groupings = [.frequency] }.groups.first).groups
    #expect(groups.map(\.sentences) == [3, 3])
    #expect(groups.map(\.values.lowerBound) == [1, 3])
    // Of e, which comes last, and of b, c and d.
    #expect(groups.map(\.values.upperBound) == [8.0 / 3, 5])

    let vocabulary = folder.write("<eos>\n<unk>\ne\nd\n", to: "v")
    let given = try evaluate {
      $0.groupings = [.frequency]
      $0.vocabulary = vocabulary
    }
    // e is 1, d 2, and what is not there 3.
    let all = try #require(given.groups.first).groups
    #expect(all.map(\.values.lowerBound) == [1, 3])
    #expect(all.reduce(0) { $0 + $1.sentences } == 6)
    #expect(given.warnings.count == 1 && given.warnings[0].contains("are not in \(vocabulary)"))
  }

  @Test("the groups of two metrics and two kinds of translations are beside one another")
  func table() throws {
    var options = Evaluation.Options()
    options.metrics = [.bleu, .chrFPlusPlus]
    options.groupings = [.length, .frequency]
    let right = folder.write("a b c d e\nf g h i j k\n", to: "t")
    let wrong = folder.write("a b c d e\nz\n", to: "h")
    let evaluation = try Evaluation(
      of: EvaluatedFiles(references: [right], hypotheses: [wrong, right]), options: options)
    #expect(evaluation.groups.map(\.grouping) == [.length, .frequency])
    for groups in evaluation.groups {
      let scores = groups.groups.map(\.scores)
      #expect(scores.count == 2)
      for (found, expected) in zip(
        scores.joined(), [[100.0, 100], [100, 100], [0, 0], [100, 100]])
      {
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 })
      }
    }
  }

  @Test("each kind of translations has the confidence of its own scores")
  func confidence() throws {
    var options = Evaluation.Options()
    options.bootstrap = Bootstrap()
    let right = folder.write("a b c d e\nf g h i j k\n", to: "t")
    let wrong = folder.write("a b c d e\nz\n", to: "h")
    let files = EvaluatedFiles(references: [right], hypotheses: [wrong, right])
    let systems = try Evaluation(of: files, options: options).systems
    let means = try systems.map { try #require($0.scores[0].confidence).mean }
    // What is right scores 100 in every draw; half of the other is wrong in most.
    #expect(abs(means[1] - 100) < 1e-9 && means[0] < 90)
    #expect(systems[0].scores[0].pValue == nil && systems[1].scores[0].pValue != nil)
  }

  @Test("a model groups what it reads by its own vocabulary")
  func model() throws {
    let model = try TorchFixture("layers1").model
    var measures = SentenceMeasures(model)
    let known = measures.measure("w2 w3 w5", by: [.length, .frequency])
    let places = ["w2", "w3", "w5"].map { Double(model.vocabularies.source!.id(of: $0)) - 1 }
    #expect(known == [3, places.reduce(0, +) / 3])
    let last = Double(model.vocabularies.source!.count - 1)
    #expect(measures.measure("nothing  that", by: [.frequency, .length]) == [last, 2])
    #expect(measures.measure("", by: [.frequency, .length]) == [0, 0])
    #expect(measures.words == WordCounts(unknown: 2, words: 5))
  }
}
