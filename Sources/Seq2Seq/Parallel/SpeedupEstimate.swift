import Distributed

/// What a grid can reach by counting: the work of the slowest rank, and the time in which
/// a pipeline fills and drains.
enum SpeedupEstimate {
  /// How many times as fast as one rank the grid can be where every rank has a core of its own and
  /// messages take no time.
  ///
  /// - Parameters:
  ///   - grid: the grid.
  ///   - plan: the model.
  ///   - length: steps of a minibatch, on each side.
  ///   - chunkSteps: time steps that are passed on together.
  static func speedup(
    of grid: ProcessGrid, plan: ModelPlan, length: Int, chunkSteps: Int
  ) -> Double {
    let (layers, output) = (plan.layerCosts, plan.outputCost)
    let all = layers.reduce(0, +) + output
    let isLocal = grid.softmax == .onLastStage
    var costs = LayerPartition.ranges(of: plan, in: grid).map { range in layers[range].reduce(0, +)
    }
    if isLocal { costs[costs.count - 1] += output }
    var slowest = (costs.max() ?? all) / Double(grid.data)
    switch grid.softmax {
    case .onLastStage: break
    case .dedicated(let count): slowest = max(slowest, output / Double(count * grid.data))
    // Every rank computes its slice when its own work is done.
    case .sharded: slowest += output / Double(grid.size)
    }
    // The sides pass through the pipeline one after the other: their chunks fill it once.
    let sides = plan.wordCosts.source > 0 ? 2 : 1
    let chunks = Double(sides * ((length + chunkSteps - 1) / chunkSteps))
    let fill = Double(grid.layers - 1) / chunks
    return all / (slowest * (1 + fill))
  }
}
