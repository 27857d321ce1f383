import Synchronization

/// A left-to-right beam search (Sutskever et al. 2014, section 3.2), for many sentences at once.
///
/// Each sentence keeps up to `beamSize` partial hypotheses (`Beam`). As scores only fall, much of the work
/// can be left undone and nothing found is different (`SentenceSearch`). The sentences are in one queue, from
/// which each thread takes new ones as those that it works on end (`SearchLane`).
struct BeamSearch {
  private let decoder: EnsembleDecoder
  private let options: SearchOptions

  /// - Parameters:
  ///   - decoder: what predicts symbols.
  ///   - options: what is kept and wanted.
  init(_ decoder: EnsembleDecoder, _ options: SearchOptions) {
    (self.decoder, self.options) = (decoder, options)
  }

  /// A translation with its log-probability.
  struct Hypothesis: Sendable, Equatable {
    /// Target symbols, without `<eos>`.
    var symbols: [Int32]
    /// log p(symbols, `<eos>` | source), or of the symbols alone while it is partial.
    var score: Double
  }

  /// Sentences that are few do not fill a product, which then takes as long for one hypothesis as for
  /// several: a search for a bound would cost as much as it saves.
  private static let fewSentences = 8

  /// Translates some sentences.
  ///
  /// - Parameters:
  ///   - sources: the sentences.
  ///   - prefixes: of each sentence, the symbols that its translation begins with; none if nil.
  /// - Returns: of each sentence its best complete hypotheses, best first; never none. Where the model
  ///   computes no number, one whose score is none.
  func search(
    _ sources: [EnsembleSource], prefixes: [[Int32]]? = nil
  ) -> [[Hypothesis]] {
    let isBounded =
      sources.count >= Self.fewSentences && options.beamSize >= 4 * options.nBest
    // Long ones first: what is left at the end is soon done.
    let order = sources.indices.sorted {
      (sources[$1].count, $0) < (sources[$0].count, $1)
    }
    let queue = SearchQueue(
      order.map { index in
        SentenceSearch(
          index, of: sources[index], prefix: prefixes?[index] ?? [], options,
          isBounded: isBounded)
      })
    let lanes = max(1, min(MatrixThreads.count, sources.count / Self.fewSentences))
    let perLane = (sources.count + lanes - 1) / lanes
    let work = Work(decoder: decoder, queue: queue)
    let capacity = min(perLane, SearchLane.capacity(options, isBounded: isBounded))
    if lanes == 1 {
      // The threads are left to the products.
      work.run(capacity: capacity)
    } else {
      WorkerThreads.shared.perform(parts: lanes) { _ in work.run(capacity: capacity) }
    }
    var results = [[Hypothesis]](repeating: [], count: sources.count)
    for (index, found) in queue.results { results[index] = found }
    return results
  }

  /// What threads share: weights that nobody changes, and a queue.
  private struct Work: @unchecked Sendable {
    let decoder: EnsembleDecoder
    let queue: SearchQueue

    func run(capacity: Int) { SearchLane(decoder.makeState(), capacity: capacity).run(queue) }
  }
}

/// Sentences that are still to be translated, and what has been found.
final class SearchQueue: Sendable {
  private struct State {
    var waiting: ArraySlice<SentenceSearch>
    var results: [(index: Int, found: [BeamSearch.Hypothesis])] = []
  }

  private let state: Mutex<State>

  init(_ sentences: [SentenceSearch]) { state = Mutex(State(waiting: sentences[...])) }

  /// Takes the next sentences.
  func next(atMost limit: Int) -> [SentenceSearch] {
    state.withLock { state in
      defer { state.waiting = state.waiting.dropFirst(limit) }
      return Array(state.waiting.prefix(limit))
    }
  }

  /// Hands in what was found of a sentence.
  func finish(_ sentence: SentenceSearch) {
    state.withLock { $0.results.append((sentence.index, sentence.found)) }
  }

  /// What was found, by the numbers of the sentences.
  var results: [(index: Int, found: [BeamSearch.Hypothesis])] { state.withLock { $0.results } }
}
