import Foundation

/// Passes of the members of an ensemble over given translations.
final class ScoringPasses {
  private let models: Ensemble
  private let runs: [any ModelRun]
  private let outputCache = SoftmaxOutput.Cache()
  /// Of several members: their output weights, laid out once, and memory for their predictions.
  private let outputWeights: [PackedMatrix]
  private let logitStorages: [FloatStorage]
  private let averageStorage = FloatStorage()

  init(_ models: Ensemble) {
    self.models = models
    runs = models.members.map { $0.network.makeRun() }
    outputWeights =
      models.members.count == 1
      ? []
      : models.members.map { PackedMatrix($0.parameters.matrix($0.output.weight).transposed) }
    logitStorages = models.members.map { _ in FloatStorage() }
  }

  /// log p of the targets of one batch, in order.
  func logProbabilities(_ pairs: [EnsemblePair], ignoringUnknown: Bool) throws -> [Double] {
    var batch = LocalBatch([], reverseSource: false)
    let tops = try runs.indices.map { member in
      batch = LocalBatch(
        pairs.map { SentencePair(source: $0.source.byMember[member], target: $0.target) },
        reverseSource: models.members[member].configuration.data.reverseSource,
        ignoringUnknown: ignoringUnknown)
      let top = try runs[member].forward(
        batch, in: PassContext(parameters: models.members[member].parameters))
      guard let top else { preconditionFailure("a whole model has its top") }
      return top.values
    }
    // The decoder's rows are those of the targets, which all members have in common.
    let losses = try losses(tops, targets: batch.targetOutput)
    let packing = batch.targetInput.packing
    var sums = [Double](repeating: 0, count: pairs.count)
    for step in 0..<packing.stepCount {
      for sequence in 0..<packing.activeCount(step) {
        sums[batch.targetInput.order[sequence]] -=
          Double(losses[packing.offset(step) + sequence])
      }
    }
    return sums
  }

  /// -log p of each target.
  ///
  /// - Parameter tops: what the output layer of each member reads, `[N, …]`.
  private func losses(_ tops: [Matrix], targets: [Int32]) throws -> [Float] {
    guard tops.count > 1 else {
      outputCache.begin()
      let model = models.members[0]
      try model.output.lossAndGradients(
        tops[0], targets: targets[...], into: nil, parameters: model.parameters,
        cache: outputCache)
      return outputCache.losses
    }
    var losses: [Float] = []
    losses.reserveCapacity(targets.count)
    for rows in (0..<targets.count).evenParts(atMost: Self.blockRows) {
      let average = averages(tops, rows: rows)
      for (row, target) in targets[rows].enumerated() {
        let values = average.row(row)
        losses.append(
          target == SoftmaxOutput.noTarget
            ? 0 : logSumExp(values, count: average.columns) - values[Int(target)])
      }
    }
    return losses
  }

  /// Rows whose predictions are there at a time.
  private static let blockRows = 72

  private func averages(_ tops: [Matrix], rows: Range<Int>) -> Matrix {
    let columns = models.members[0].vocabularies.target.count
    let predictions = models.members.indices.map { member in
      let model = models.members[member]
      let logits = logitStorages[member].matrix(rows: rows.count, columns: columns)
      model.output.logits(
        tops[member][rows: rows], weight: outputWeights[member], into: logits,
        parameters: model.parameters)
      return logits
    }
    let average = averageStorage.matrix(rows: rows.count, columns: columns)
    models.averaging.combine(predictions, into: average)
    return average
  }
}
