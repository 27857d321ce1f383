/// Deals the sentences of a minibatch out to replicas, such that all have about the same work.
enum WorkBalance {
  /// Which sentences are one replica's: they are dealt out costliest first, each to the replica that has the
  /// least work so far.
  static func sentences(
    of pairs: [SentencePair], replica: Int, replicas: Int, costs: WordCosts = WordCosts()
  ) -> [Int] {
    guard replicas > 1 else { return Array(pairs.indices) }
    let work = pairs.map { costs.work($0) }
    let order = pairs.indices.sorted { (work[$1], $0) < (work[$0], $1) }
    var loads = [Int](repeating: 0, count: replicas)
    return order.compactMap { index in
      let owner = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
      loads[owner] += work[index]
      return owner == replica ? index : nil
    }
  }
}
