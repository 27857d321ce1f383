import Distributed

extension RankContext {
  /// Checks, before any memory is taken, that the ranks of every node can have what they need. All
  /// ranks of the run take part.
  ///
  /// - Parameters:
  ///   - model: this rank's part of the model.
  ///   - optimizer: how it is updated.
  ///   - rows: words of the largest local batch.
  ///   - whole: bytes of the whole model, where each rank also translates with it.
  /// - Throws: `InputError`, on all ranks.
  func checkMemory(
    for model: any Model, optimizer: Configuration.Training.Optimizer, rows: Int,
    beside whole: Double = 0
  ) throws {
    let need = MemoryNeed(model, optimizer: optimizer, rows: rows)
    // What ranks share is there once, whoever has it.
    let own = need.own + whole + need.parameters / Double(peers.node.size)
    let node = try world.splitByNode()
    let together = try node.allReduce(own)
    try world.together {
      // A rank's address space has the gradients of its node's other ranks too.
      let others = 4 * Double(model.layout.denseCount) * Double(peers.node.size - 1)
      try MemoryLimits.check(
        need.own + whole + need.parameters + others, together: together,
        what: "training \(model.layout.count) parameters on each of \(node.size) "
          + "rank\(node.size == 1 ? "" : "s") of a machine",
        remedy: "make the model or its vocabularies smaller, or training.batchSize"
          + (whole > 0 ? ", or leave out training.validateExact" : ""))
    }
  }
}
