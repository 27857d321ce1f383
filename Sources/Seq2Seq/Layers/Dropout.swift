/// Dropout (Srivastava et al. 2014; on what recurrent layers read, and never on the recurrence: Zaremba et al.
/// 2014): in training a fraction of the inputs is zero, and the others are larger by as much.
///
/// Which ones is a function of seed, step, layer, sentence, position and unit, so that it is the same
/// wherever a sentence is worked on.
struct Dropout: Sendable {
  /// The fraction that is dropped.
  let rate: Double
  /// Of the run.
  let seed: UInt64
  /// Of the training.
  let step: Int

  /// What is dropped of the input of a layer.
  ///
  /// - Parameters:
  ///   - layer: its name.
  ///   - packing: how the sentences lie.
  ///   - numbers: of each sequence, the number of its sentence in the whole minibatch.
  func mask(_ layer: String, _ packing: Packing, numbers: [Int]) -> DropoutMask {
    DropoutMask(
      rate: rate, numbers: numbers, packing: packing,
      generator: CounterBasedGenerator(seed: seed, stream: "dropout \(step) \(layer)"))
  }
}

/// What is dropped of one matrix of a minibatch.
struct DropoutMask {
  private let generator: CounterBasedGenerator
  private let packing: Packing
  private let numbers: [Int]
  /// Of 65,536 draws, how many drop a number.
  private let threshold: UInt64
  private let scale: Float

  fileprivate init(
    rate: Double, numbers: [Int], packing: Packing, generator: CounterBasedGenerator
  ) {
    self.generator = generator
    self.packing = packing
    self.numbers = numbers
    threshold = UInt64((rate * 65536).rounded())
    scale = Float(1 / (1 - Double(threshold) / 65536))
  }

  /// Drops numbers of some steps' rows: of an input, or of its gradient.
  ///
  /// - Parameter matrix: `[N, units]`, in the packing.
  func apply(to matrix: Matrix, steps: Range<Int>) {
    for step in steps {
      for sequence in 0..<packing.activeCount(step) {
        // 20 bits for units and for positions, and the rest for sentences.
        let first = UInt64(numbers[sequence]) << 40 | UInt64(step) << 20
        apply(to: matrix.row(packing.offset(step) + sequence), from: first, count: matrix.columns)
      }
    }
  }

  private func apply(to row: UnsafeMutablePointer<Float>, from first: UInt64, count: Int) {
    // Four draws of 16 bits of each number.
    for start in stride(from: 0, to: count, by: 4) {
      var bits = generator.bits(at: first + UInt64(start))
      for unit in start..<min(start + 4, count) {
        row[unit] = bits & 0xFFFF < threshold ? 0 : row[unit] * scale
        bits >>= 16
      }
    }
  }
}
