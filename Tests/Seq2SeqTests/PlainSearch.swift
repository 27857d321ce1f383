import Foundation

@testable import Seq2Seq

/// The beam search by its definition, one sentence at a time: every candidate is looked at, and nothing is
/// dropped.
struct PlainSearch {
  typealias Hypothesis = BeamSearch.Hypothesis

  let options: SearchOptions
  let prefix: [Int32]
  let limit: Int

  /// Finds what a search with the models of a decoder should find.
  static func search(
    _ decoder: EnsembleDecoder, _ options: SearchOptions, source: EnsembleSource,
    prefix: [Int32] = []
  ) -> [Hypothesis] {
    let state = decoder.makeState()
    state.add([source])
    let limit = options.limit(ofSource: source.count, prefix: prefix.count)
    return PlainSearch(options: options, prefix: prefix, limit: limit).search { parents, live in
      state.step(from: parents, symbols: live.map { $0.symbols.last ?? Vocabulary.endOfSentence })
      return state.logits
    }
  }

  /// - Parameter logits: of the next symbol of hypotheses, and which of the last call's each continues.
  func search(_ logits: (_ parents: [Int], _ live: [Hypothesis]) -> Matrix) -> [Hypothesis] {
    var (live, parents) = ([Hypothesis(symbols: [], score: 0)], [0])
    var complete: [Hypothesis] = []
    while !live.isEmpty {
      let found = candidates(live, logits(parents, live))
      let mustEnd = live[0].symbols.count >= max(limit, prefix.count)
      var next: [(hypothesis: Hypothesis, parent: Int)] = []
      for (position, candidate) in found.enumerated() {
        if candidate.hypothesis.symbols.last != Vocabulary.endOfSentence {
          if next.count < options.beamSize { next.append(candidate) }
        } else if position < options.beamSize || mustEnd {
          complete.append(
            Hypothesis(
              symbols: candidate.hypothesis.symbols.dropLast(), score: candidate.hypothesis.score))
        }
      }
      complete = complete.enumerated().sorted {
        (total($1.element), $0.offset) < (total($0.element), $1.offset)
      }.map(\.element)
      (live, parents) = (next.map(\.hypothesis), next.map(\.parent))
      guard let best = live.first, complete.count >= options.nBest else { continue }
      let bound = best.score / options.lengthPenalty.divisor(symbols: limit + 1)
      if total(complete[options.nBest - 1]) >= bound { break }
    }
    return Array(complete.prefix(min(options.nBest, options.beamSize)))
  }

  func total(_ hypothesis: Hypothesis) -> Double {
    hypothesis.score / options.lengthPenalty.divisor(symbols: hypothesis.symbols.count + 1)
  }

  private func candidates(
    _ live: [Hypothesis], _ logits: Matrix
  ) -> [(hypothesis: Hypothesis, parent: Int)] {
    var found: [(hypothesis: Hypothesis, parent: Int)] = []
    for (row, hypothesis) in live.enumerated() {
      let values = logits.row(row)
      let normalizer = logSumExp(values, count: logits.columns)
      let length = hypothesis.symbols.count
      for symbol in 0..<Int32(logits.columns) {
        if length < prefix.count, symbol != prefix[length] { continue }
        if length >= max(limit, prefix.count), symbol != Vocabulary.endOfSentence { continue }
        let score = hypothesis.score + Double(values[Int(symbol)] - normalizer)
        found.append((Hypothesis(symbols: hypothesis.symbols + [symbol], score: score), row))
      }
    }
    // Of equal ones that of the better parent, then the smaller symbol.
    return found.enumerated().sorted {
      ($1.element.hypothesis.score, $0.offset) < ($0.element.hypothesis.score, $1.offset)
    }.map(\.element)
  }
}
