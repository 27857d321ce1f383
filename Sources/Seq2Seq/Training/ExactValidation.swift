import Distributed

/// Finds out how much of the validation text a saved model translates exactly.
///
/// A rank has its part of the model, which alone translates nothing. So each reads the whole model
/// from where it was saved, and translates its share of the text: that works on every grid. Batches do
/// not depend on the ranks, so that one model has one result.
struct ExactValidation {
  private let pairs: PairFile
  private let context: RankContext
  /// Pairs by length: those of a batch end at about the same step.
  private let order: [Int]
  private let batchSize = 128

  /// Nil without `training.validateExact`.
  init?(_ configuration: Configuration, of corpus: PreparedCorpus, in context: RankContext) {
    guard configuration.training.validateExact, let pairs = corpus.validation else { return nil }
    self.pairs = pairs
    self.context = context
    order = (0..<pairs.count).sorted {
      (pairs.targetLength($0), pairs.sourceLength($0), $0)
        < (pairs.targetLength($1), pairs.sourceLength($1), $1)
    }
  }

  /// The fraction of the text that the model in a folder translates exactly; every rank takes part.
  ///
  /// - Parameter step: steps of the training so far.
  /// - Throws: `InputError`, on all ranks.
  func fraction(of folder: ModelFolder, step: Int) throws -> Double {
    let world = context.world
    context.timeline.computes("translations of the validation text")
    let exact = try world.together {
      let match = ExactMatch(try TrainedModel(folder: folder.path))
      var exact = 0
      for (batch, start) in stride(from: 0, to: order.count, by: batchSize).enumerated()
      where batch % world.size == world.rank {
        try Interruption.check(after: step)
        exact += match.count(
          of: order[start..<min(start + batchSize, order.count)].map { pairs[$0] })
      }
      return exact
    }
    context.timeline.computes("step")
    return Double(try world.allReduce(exact)) / Double(pairs.count)
  }
}
