/// Symbols of some sentences, packed step by step (see `Packing`).
struct PackedSymbols {
  /// How the sentences lie.
  let packing: Packing
  /// The symbols, `[N]`, row by row of the packing.
  let symbols: [Int32]
  /// Which sentence each packed sequence is: `order[packed] = sentence`.
  let order: [Int]

  /// Which packed sequence each sentence is: the inverse of `order`.
  var sequences: [Int] {
    var sequences = [Int](repeating: 0, count: order.count)
    for (sequence, sentence) in order.enumerated() { sequences[sentence] = sequence }
    return sequences
  }

  /// Packs sentences, longest first; sentences of equal length keep their order.
  init(_ sentences: [[Int32]]) {
    order = sentences.indices.sorted {
      (sentences[$1].count, $0) < (sentences[$0].count, $1)
    }
    packing = Packing(descendingLengths: order.map { sentences[$0].count })
    var symbols: [Int32] = []
    symbols.reserveCapacity(packing.rowCount)
    for step in 0..<packing.stepCount {
      for sequence in 0..<packing.activeCount(step) {
        symbols.append(sentences[order[sequence]][step])
      }
    }
    self.symbols = symbols
  }
}
