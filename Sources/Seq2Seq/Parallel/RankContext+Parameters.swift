import Distributed

extension RankContext {
  /// Parameters that the ranks of a node share, filled by `fill`, which is given those that this
  /// rank has to fill. All ranks of the run take part.
  func makeParameters(
    _ layout: ParameterLayout, fill: (Parameters, [ParameterSlice]) throws -> Void
  ) throws -> Parameters {
    let isFirst = peers.node.rank == 0
    let memory = try world.together {
      try GradientReduction.explaining {
        try SharedMemory<Float>(count: isFirst ? layout.replicatedCount : 0, over: peers.node)
      }
    }
    let parameters = Parameters(
      layout: layout, replicated: FloatStorage(borrowing: memory.regions[0], from: memory))
    // One rank may find a number that the others do not look at.
    try world.together {
      try fill(
        parameters, layout.all.filter { isFirst || layout.local.contains($0.range.lowerBound) })
    }
    return parameters
  }
}
