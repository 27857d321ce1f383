/// What models with attention look at while they say a translation (Bahdanau et al. 2015, figure 3).
public struct Alignment: Sendable, Equatable {
  /// The symbols of the source line as they stand in it, in reading order, known to the vocabulary or not.
  public var source: [String]
  /// The symbols of the translation, `<eos>` last.
  public var target: [String]
  /// Of each symbol of the target, how much it looks at each of the source; a row sums to 1.
  public var weights: [[Float]]

  /// An alignment.
  public init(source: [String], target: [String], weights: [[Float]]) {
    (self.source, self.target, self.weights) = (source, target, weights)
  }

  /// Of each symbol of the target but `<eos>`, the position in the source that it looks at most, from 0; the
  /// first of equal ones. None where the source is empty.
  public var positions: [Int] {
    weights.dropLast().compactMap { row in row.indices.max { row[$0] < row[$1] } }
  }
}
