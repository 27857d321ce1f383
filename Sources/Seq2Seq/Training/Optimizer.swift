import Foundation

/// A rule that moves parameters along their gradients.
protocol Optimizer {
  /// Updates the parameters.
  ///
  /// - Parameters:
  ///   - parameters: moved.
  ///   - gradients: of the whole minibatch, with their `norm`.
  ///   - clipNorm: where the norm is larger, the gradient is scaled down to it first
  ///     (Sutskever et al. 2014, section 3.4).
  ///   - norm: ‖g‖₂ over every parameter of the model.
  ///   - learningRate: of this step.
  mutating func update(
    _ parameters: Parameters, _ gradients: Gradients, clippedTo clipNorm: Double, norm: Double,
    learningRate: Double)
}

/// What gradients are multiplied by so that their norm is at most `clipNorm`.
func clippingScale(norm: Double, clipNorm: Double) -> Double {
  norm > clipNorm ? clipNorm / norm : 1
}

/// Plain stochastic gradient descent, without momentum.
struct StochasticGradientDescent: Optimizer {
  let ownership: Ownership

  mutating func update(
    _ parameters: Parameters, _ gradients: Gradients, clippedTo clipNorm: Double, norm: Double,
    learningRate: Double
  ) {
    let scale = Float(learningRate * clippingScale(norm: norm, clipNorm: clipNorm))
    for range in ownership.dense {
      subtract(
        gradients.dense.base + range.lowerBound, times: scale,
        from: parameters.pointer(at: range.lowerBound), count: range.count)
    }
    for (slice, gradient) in zip(gradients.layout.tables, gradients.tables) {
      let table = parameters.matrix(slice)
      let values = gradient.values
      for (index, row) in gradient.rows.enumerated() {
        subtract(
          values.row(index), times: scale, from: table.row(Int(row)), count: gradient.width)
      }
    }
  }
}

/// Adam (Kingma & Ba 2015, algorithm 1), with β₁ 0.9, β₂ 0.999 and ε 10⁻⁸.
///
/// A table's untouched rows have the gradient zero, and their moments decay as the algorithm
/// says: exactly what a dense gradient would give, at the price of visiting every row. Moments are
/// kept for what this rank owns, in the order in which it is updated.
struct Adam: Optimizer {
  private let ownership: Ownership
  private let first: FloatStorage
  private let second: FloatStorage
  private var step = 0

  init(layout: ParameterLayout, ownership: Ownership) {
    self.ownership = ownership
    var count = ownership.dense.reduce(0) { $0 + $1.count }
    for table in layout.tables {
      count += ownership.rows(of: table).reduce(0) { sum, _ in sum + table.columns }
    }
    first = FloatStorage(count: count)
    second = FloatStorage(count: count)
  }

  mutating func update(
    _ parameters: Parameters, _ gradients: Gradients, clippedTo clipNorm: Double, norm: Double,
    learningRate: Double
  ) {
    step += 1
    let adam = AdamStep(
      step, learningRate: learningRate, scale: clippingScale(norm: norm, clipNorm: clipNorm))
    var position = 0
    func move(_ gradient: UnsafePointer<Float>?, at offset: Int, count: Int) {
      adam.move(
        parameters.pointer(at: offset), along: gradient,
        moments: (first.base + position, second.base + position), count: count)
      position += count
    }
    for range in ownership.dense {
      move(gradients.dense.base + range.lowerBound, at: range.lowerBound, count: range.count)
    }
    for (slice, gradient) in zip(gradients.layout.tables, gradients.tables) {
      let values = gradient.values
      var next = 0
      for row in ownership.rows(of: slice) {
        let isTouched = next < gradient.rows.count && Int(gradient.rows[next]) == row
        move(
          isTouched ? values.row(next) : nil, at: slice.offset + row * slice.columns,
          count: slice.columns)
        if isTouched { next += 1 }
      }
    }
  }
}
