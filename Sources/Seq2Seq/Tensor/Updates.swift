import Foundation

// What optimizers do number by number.

/// `values -= scale · gradient`.
func subtract(
  _ gradient: UnsafePointer<Float>, times scale: Float, from values: UnsafeMutablePointer<Float>,
  count: Int
) {
  for index in 0..<count { values[index] -= scale * gradient[index] }
}

/// One step of Adam (Kingma & Ba 2015, algorithm 1), with the corrections of its moments worked into
/// rate and denominator.
struct AdamStep {
  private static let firstDecay: Float = 0.9
  private static let secondDecay: Float = 0.999
  private static let epsilon: Float = 1e-8

  private let scale: Float
  private let rate: Float
  private let correction: Float

  /// - Parameters:
  ///   - number: the step, from 1.
  ///   - learningRate: of this step.
  ///   - scale: what gradients are multiplied by first.
  init(_ number: Int, learningRate: Double, scale: Double) {
    self.scale = Float(scale)
    rate = Float(learningRate / (1 - pow(Double(Self.firstDecay), Double(number))))
    correction = Float(
      1 / (1 - pow(Double(Self.secondDecay), Double(number))).squareRoot())
  }

  /// Moves `values` along a gradient, which is zero if nil.
  func move(
    _ values: UnsafeMutablePointer<Float>, along gradient: UnsafePointer<Float>?,
    moments: (first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>), count: Int
  ) {
    let (m, v) = moments
    for index in 0..<count {
      let g = (gradient?[index] ?? 0) * scale
      m[index] = Self.firstDecay * m[index] + (1 - Self.firstDecay) * g
      v[index] = Self.secondDecay * v[index] + (1 - Self.secondDecay) * g * g
      values[index] -= rate * m[index] / (v[index].squareRoot() * correction + Self.epsilon)
    }
  }
}
