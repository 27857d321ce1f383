import Foundation

/// The learning rate over a training: constant, then halved again and again
/// (Sutskever et al. 2014, section 3.4: 0.7, after five epochs halved every half epoch).
struct LearningRateSchedule: Sendable, Equatable {
  /// The rate at the start.
  var initial = 0.7
  /// The epoch of the first halving; infinite for none.
  var halveAfterEpoch = 5.0
  /// Epochs between halvings.
  var halveEveryEpochs = 0.5

  /// The rate of a step that begins after `epoch` epochs, a fractional number.
  func rate(atEpoch epoch: Double) -> Double {
    guard epoch >= halveAfterEpoch else { return initial }
    let halvings = ((epoch - halveAfterEpoch) / halveEveryEpochs).rounded(.down) + 1
    return initial * exp2(-halvings)
  }
}

extension LearningRateSchedule {
  /// The schedule of a configuration.
  init(_ training: Configuration.Training) {
    self.init(
      initial: training.initialLearningRate, halveAfterEpoch: training.firstHalvingEpoch,
      halveEveryEpochs: training.halveEveryEpochs)
  }
}
