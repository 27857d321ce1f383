import Foundation

// What parameters start as. A number depends on the seed, its parameter's name and its index alone, so that
// it is the same whatever else a part of the model has.
extension Parameters {
  /// Draws numbers uniformly from ±`range` (Sutskever et al. 2014, section 3.4: ±0.08).
  ///
  /// - Parameters:
  ///   - range: the largest magnitude.
  ///   - seed: of the run.
  ///   - slices: the parameters to draw; all of them if nil.
  func initializeUniformly(range: Float, seed: UInt64, _ slices: [ParameterSlice]? = nil) {
    draw(slices, seed: seed) { generator, index, _ in
      generator.uniform(at: index, in: -range...range)
    }
  }

  /// Draws embeddings from N(0, 1)/100 and weights from N(0, 1)/√fan-in, and makes biases zero (Glorot &
  /// Bengio 2010, as the notes have it).
  ///
  /// - Parameters:
  ///   - seed: of the run.
  ///   - slices: the parameters to draw; all of them if nil.
  func initializeByFanIn(seed: UInt64, _ slices: [ParameterSlice]? = nil) {
    draw(slices, seed: seed) { generator, index, slice in
      switch slice.start {
      case .embedding: generator.normal(at: index) / 100
      case .weight(let fanIn): generator.normal(at: index) / Float(fanIn).squareRoot()
      case .bias: 0
      }
    }
  }

  /// Adds to the biases of forget gates (Gers et al. 2000: an LSTM that remembers at first).
  func addToForgetGates(_ value: Float, _ slices: [ParameterSlice]? = nil) {
    for slice in slices ?? layout.all {
      let values = pointer(slice)
      for index in slice.forgetGate ?? 0..<0 { values[index] += value }
    }
  }

  private func draw(
    _ slices: [ParameterSlice]?, seed: UInt64,
    _ number: (CounterBasedGenerator, UInt64, ParameterSlice) -> Float
  ) {
    for slice in slices ?? layout.all {
      let generator = CounterBasedGenerator(seed: seed, stream: slice.name)
      let values = pointer(slice)
      for index in 0..<slice.count {
        values[index] = number(generator, UInt64(slice.wholeOffset + index), slice)
      }
    }
  }
}
