import Distributed

/// Deals the layers of a model out to stages so that the slowest stage is as fast as it can be.
enum LayerPartition {
  /// Consecutive layers for each stage of a grid.
  static func ranges(of plan: ModelPlan, in grid: ProcessGrid) -> [Range<Int>] {
    ranges(of: plan, stages: grid.layers, outputOnLastStage: grid.softmax == .onLastStage)
  }

  /// Consecutive layers for each stage, at least one.
  ///
  /// - Parameters:
  ///   - plan: the model.
  ///   - stages: how many; no more than layers.
  ///   - outputOnLastStage: whether the last stage computes the whole softmax too.
  static func ranges(
    of plan: ModelPlan, stages: Int, outputOnLastStage: Bool
  ) -> [Range<Int>] {
    var costs = plan.layerCosts
    if outputOnLastStage { costs[costs.count - 1] += plan.outputCost }
    return balanced(costs, stages: stages)
  }

  /// Consecutive ranges whose largest sum is as small as it can be; of equally good ones, that
  /// with the most even numbers of items.
  static func balanced(_ costs: [Double], stages: Int) -> [Range<Int>] {
    precondition(stages >= 1 && stages <= costs.count, "every stage has an item")
    var sums = [0.0]
    for cost in costs { sums.append(sums[sums.count - 1] + cost) }
    // best[k][n]: the first n items in k + 1 stages, by (largest sum, sum of squared counts).
    typealias Score = (largest: Double, unevenness: Int, split: Int)
    var best: [[Score?]] = [(0...costs.count).map { $0 == 0 ? nil : (sums[$0], $0 * $0, 0) }]
    for stage in 1..<max(stages, 1) where stages > 1 {
      best.append(
        (0...costs.count).map { end in
          var winner: Score?
          for split in 0..<end {
            guard let before = best[stage - 1][split] else { continue }
            let length = end - split
            let score: Score = (
              max(before.largest, sums[end] - sums[split]),
              before.unevenness + length * length, split
            )
            if winner.map({ (score.largest, score.unevenness) < ($0.largest, $0.unevenness) })
              ?? true
            {
              winner = score
            }
          }
          return winner
        })
    }
    var ranges: [Range<Int>] = []
    var end = costs.count
    for stage in (0..<stages).reversed() {
      let start = best[stage][end]?.split ?? 0
      ranges.insert(start..<end, at: 0)
      end = start
    }
    return ranges
  }
}
