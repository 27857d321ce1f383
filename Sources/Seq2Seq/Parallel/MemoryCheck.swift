import Distributed

extension RankContext {
  /// Checks, before any memory is taken, that the ranks of every node can have what they need. All
  /// ranks of the run take part.
  ///
  /// - Parameters:
  ///   - need: of this rank.
  ///   - layout: of this rank's part of the model.
  ///   - whole: bytes of the whole model, where each rank also translates with it.
  ///   - remedy: what the user can make smaller.
  /// - Throws: `InputError`, on all ranks.
  func checkMemory(
    _ need: MemoryNeed, for layout: ParameterLayout, beside whole: Double = 0, remedy: String
  ) throws {
    // What ranks share is there once, whoever has it.
    let own = need.own + whole + need.parameters / Double(peers.node.size)
    let node = try world.splitByNode()
    let together = try node.allReduce(own)
    try world.together {
      // A rank's address space has the gradients of its node's other ranks too.
      let others = 4 * Double(layout.denseCount) * Double(peers.node.size - 1)
      try MemoryLimits.check(
        need.own + whole + need.parameters + others, together: together,
        what: "training \(layout.count) parameters on each of \(node.size) "
          + "rank\(node.size == 1 ? "" : "s") of a machine",
        remedy: remedy)
    }
  }
}
