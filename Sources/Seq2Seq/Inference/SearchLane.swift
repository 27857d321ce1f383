/// The searches that go on at a time on one thread: one step of a decoder is a step of all of them.
final class SearchLane {
  private let state: EnsembleState
  private let capacity: Int
  private var entries: [Entry] = []
  /// Rows of the state.
  private var rowCount = 0

  /// - Parameters:
  ///   - state: memory for hypotheses, without any.
  ///   - capacity: sentences at a time.
  init(_ state: EnsembleState, capacity: Int) { (self.state, self.capacity) = (state, capacity) }

  /// How many sentences at a time make steps of about 128 rows: enough for products at full speed.
  static func capacity(_ options: SearchOptions, isBounded: Bool) -> Int {
    // A bound leaves a third or a quarter of the hypotheses.
    max(1, 128 / (isBounded ? (options.beamSize + 2) / 3 : options.beamSize))
  }

  /// A search that goes on.
  private struct Entry {
    var search: SentenceSearch
    /// The row of the sentence before its first symbol, as long as the search may start again.
    var origin: Int?
    /// The rows that its hypotheses continue, and their symbols.
    var parents: [Int]
    var symbols: [Int32]
    /// Where its rows are.
    var first = 0

    init(_ search: SentenceSearch, origin: Int) {
      (self.search, self.origin) = (search, origin)
      (parents, symbols) = ([origin], [Vocabulary.endOfSentence])
    }

    /// Takes a step; whether there is another one.
    mutating func extend(_ logits: Matrix) -> Bool {
      switch search.extend(logits[rows: first..<first + symbols.count]) {
      case .goOn(let parents, let symbols):
        (self.parents, self.symbols) = (parents.map { $0 + first }, symbols)
      case .startAgain:
        (parents, symbols) = ([origin].compactMap { $0 }, [Vocabulary.endOfSentence])
        if search.isLast { origin = nil }
      case .end: return false
      }
      return true
    }
  }

  /// Searches until the queue is empty.
  func run(_ queue: SearchQueue) {
    while true {
      // Several at a time, so that the encoder has rows enough.
      if entries.count <= capacity * 3 / 4 { start(queue.next(atMost: capacity - entries.count)) }
      guard !entries.isEmpty else { return }
      step()
      let logits = state.logits
      var remaining: [Entry] = []
      remaining.reserveCapacity(entries.count)
      for var entry in entries {
        if entry.extend(logits) { remaining.append(entry) } else { queue.finish(entry.search) }
      }
      entries = remaining
    }
  }

  private func start(_ sentences: [SentenceSearch]) {
    guard !sentences.isEmpty else { return }
    state.add(sentences.map(\.source))
    for sentence in sentences {
      var entry = Entry(sentence, origin: rowCount)
      if sentence.isLast { entry.origin = nil }
      entries.append(entry)
      rowCount += 1
    }
  }

  /// Takes a step of the decoder: hypotheses come first, rows that wait after them.
  private func step() {
    var parents: [Int] = []
    var symbols: [Int32] = []
    for index in entries.indices {
      entries[index].first = symbols.count
      parents += entries[index].parents
      symbols += entries[index].symbols
    }
    for index in entries.indices {
      guard let origin = entries[index].origin else { continue }
      entries[index].origin = parents.count
      parents.append(origin)
    }
    state.step(from: parents, symbols: symbols)
    rowCount = parents.count
  }
}
