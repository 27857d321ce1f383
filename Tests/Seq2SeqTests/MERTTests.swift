import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Tuning of weights")
final class MERTTests {
  private var generator = SeededGenerator(seed: 3, stream: "tuning")

  private func number() -> Double {
    Double(generator.next() >> 11) * 0x1p-53 * 2 - 1
  }

  @Test("the upper envelope is the largest line everywhere, and the first of equal ones")
  func envelope() {
    for count in [1, 2, 3, 8, 40] {
      for _ in 0..<20 {
        let lines = (0..<count).map { _ in
          UpperEnvelope.Line(
            intercept: Double(generator.next(below: 9)) - 4,
            slope: Double(generator.next(below: 9)) - 4)
        }
        let segments = UpperEnvelope(lines).segments
        #expect(segments[0].start == -.infinity)
        #expect(zip(segments, segments.dropFirst()).allSatisfy { $0.start < $1.start })
        let ends =
          segments.dropFirst().map(\.start) + [max(-99, segments[segments.count - 1].start) + 2]
        for (segment, end) in zip(segments, ends) {
          let x = segment.start == -.infinity ? end - 1 : (segment.start + end) / 2
          let values = lines.map { $0.intercept + $0.slope * x }
          let largest = values.max() ?? 0
          #expect(abs(values[segment.line] - largest) < 1e-9)
          let first = lines.firstIndex {
            $0.intercept == lines[segment.line].intercept && $0.slope == lines[segment.line].slope
          }
          #expect(first == segment.line)
        }
      }
    }
  }

  /// Sentences whose hypotheses have two measures, and a score that is no sum over sentences.
  private func set(sentences: Int, hypotheses: Int) -> TuningSet {
    var set = TuningSet(dimension: 2, width: 2) { sums in
      Double(sums[0]) / Double(max(sums[1], 1)) * (sums[1] < 20 ? 0.5 : 1)
    }
    for _ in 0..<sentences {
      set.addSentence(
        measures: (0..<hypotheses).map { _ in [number(), number()] },
        counts: (0..<hypotheses).map { _ in
          [generator.next(below: 6), 3 + generator.next(below: 7)]
        })
    }
    return set
  }

  @Test("of two measures the best weights that there are are found")
  func optimum() throws {
    for trial in 0..<12 {
      let set = set(sentences: 2 + trial % 4, hypotheses: 2 + trial % 5)
      // A choice depends on the angle alone; 2,000 of them miss nothing that is not tiny.
      var best = 0.0
      for step in 0..<2000 {
        let x = Double(step) / 2000 * 4
        // Once around a square.
        let weights =
          switch x {
          case ..<1: [1 - x, x]
          case ..<2: [1 - x, 2 - x]
          case ..<3: [x - 3, 2 - x]
          default: [x - 3, x - 4]
          }
        best = max(best, set.score(with: weights))
      }
      var mert = MERT(set)
      let found = try mert.weights(from: [0.5, 0.5])
      #expect(set.score(with: found) >= best - 1e-12, "trial \(trial)")
      #expect(abs(abs(found[0]) + abs(found[1]) - 1) < 1e-12)
    }
  }

  @Test("one search along a line finds the best place on it")
  func line() {
    for trial in 0..<10 {
      let set = set(sentences: 5, hypotheses: 6)
      let (weights, direction) = ([number(), number()], [number(), number()])
      let here = set.score(with: weights)
      var best = here
      for step in -2000...2000 {
        let x = Double(step) / 100
        best = max(
          best, set.score(with: [weights[0] + x * direction[0], weights[1] + x * direction[1]]))
      }
      let mert = MERT(set)
      let step = mert.step(from: weights, along: direction)
      guard let step else {
        #expect(best == here, "trial \(trial)")
        continue
      }
      let found = set.score(with: [
        weights[0] + step * direction[0], weights[1] + step * direction[1],
      ])
      #expect(found > here && found >= best, "trial \(trial)")
    }
  }

  @Test("weights that nothing is better than stay, and the same seed finds the same")
  func still() throws {
    var same = TuningSet(dimension: 2, width: 1) { Double($0[0]) }
    same.addSentence(measures: [[1, 2], [2, 1], [0, 0]], counts: [[4], [4], [4]])
    var mert = MERT(same)
    #expect(try mert.weights(from: [0.5, 0.5]) == [0.5, 0.5])
    let set = set(sentences: 30, hypotheses: 10)
    var (one, other) = (MERT(set), MERT(set))
    var told: [Double] = []
    let found = try one.weights(from: [0.5, 0.5]) { told.append($2) }
    #expect(try other.weights(from: [0.5, 0.5]) == found)
    #expect(told.count == 10 && told.last == set.score(with: found))
    #expect(zip(told, told.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("numbers that overflow end in no trap")
  func overflow() throws {
    var set = TuningSet(dimension: 2, width: 1) { Double($0[0]) }
    for _ in 0..<3 {
      set.addSentence(
        measures: [[1e308, -1e308], [-1e308, 1e308], [0, 1e308], [1e308, 1e308]],
        counts: [[1], [2], [3], [.max]])
    }
    var mert = MERT(set)
    _ = try mert.weights(from: [0.5, 0.5])
  }

  @Test("tuned weights choose as well as they promise, and better than the list")
  func tuning() throws {
    let folder = TemporaryFolder()
    let model = try TorchFixture("layers2").model
    let source = ["w2 w3 w4 w5 w6", "w5 w4 w4", "w6 w2 w2 w2 w3", "", "w7 w3 w2 w3"]
    // The list prefers what is wrong.
    var (nBest, reference) = ("", "")
    for (id, line) in source.enumerated() {
      let best = line.replacing("w2", with: "w5")
      reference += best + "\n"
      guard id != 3 else { continue }
      nBest += "\(id) ||| \(best) w9 w9 w9 ||| ||| -1\n\(id) ||| \(best) ||| ||| -1.5\n"
    }
    let files = Rescorer.Files(
      source: folder.write(source.map { $0 + "\n" }.joined(), to: "source"),
      nBest: folder.write(nBest, to: "nbest"), reference: folder.write(reference, to: "reference"))
    let rescorer = Rescorer([Ensemble(model)])
    let found = try #require(
      try WeightTuning.find(
        rescorer, files, options: .init(tokenizer: .characters), over: DistributedLines(over: nil)))
    #expect(found.bleu.own < found.bleu.tuned && found.bleu.even <= found.bleu.tuned)
    // What it promises is what the weights give.
    let bleu = BLEU(tokenizer: .characters)
    var sums = [Int](repeating: 0, count: bleu.width)
    try rescorer.score(files, over: DistributedLines(over: nil)) { line in
      let best = try line.sorted(by: found.weights).first?.text ?? ""
      sums = zip(sums, bleu.counts(of: best, references: [line.reference])).map { $0 + $1 }
    }
    #expect(abs(bleu.score(sums) - found.bleu.tuned) < 1e-9)
    #expect(found.summary.missing == 1 && found.summary.hypotheses == 8)
  }
}
