/// What the total of a hypothesis is made of when models have rescored it: a weighted sum of the total that its
/// list gave it, and of each model's log-probability.
public struct RescoringWeights: Sendable, Equatable {
  /// Of the list's own total, and of each model.
  public let values: [Double]

  /// - Parameter values: of the list's own total, and of each model.
  /// - Throws: `InputError` if they are no finite numbers, or all zero.
  public init(_ values: [Double]) throws {
    guard values.allSatisfy(\.isFinite), values.contains(where: { $0 != 0 }) else {
      throw InputError("weights must be finite numbers, and not all zero", kind: .usage)
    }
    self.values = values
  }

  /// An even average (Sutskever et al. 2014, section 3.3).
  public init(evenWith models: Int) {
    values = [Double](repeating: 1 / Double(models + 1), count: models + 1)
  }

  /// A list's own total alone.
  static func ownTotal(beside models: Int) -> [Double] {
    [1] + [Double](repeating: 0, count: models)
  }
}

/// The weighted sum of what a hypothesis scores.
func weightedSum(_ scores: some Collection<Double>, _ weights: [Double]) -> Double {
  var sum = 0.0
  for (score, weight) in zip(scores, weights) { sum += score * weight }
  return sum
}
