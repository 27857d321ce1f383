import Testing

@testable import Seq2Seq

@Suite("Dropout")
struct DropoutTests {
  private let dropout = Dropout(rate: 0.3, seed: 5, step: 2)

  /// What is left of ones, `[N, units]`.
  private func left(
    _ dropout: Dropout, _ layer: String = "layer", lengths: [Int], numbers: [Int], units: Int
  ) -> [[Double]] {
    let packing = Packing(descendingLengths: lengths)
    let ones = OwnedMatrix(
      [Double](repeating: 1, count: packing.rowCount * units), columns: units)
    dropout.mask(layer, packing, numbers: numbers).apply(
      to: ones.matrix, steps: 0..<packing.stepCount)
    return (0..<packing.rowCount).map { Array(ones.doubles[$0 * units..<($0 + 1) * units]) }
  }

  @Test("a fraction is zero, and the rest is larger by as much")
  func fraction() {
    let numbers = left(dropout, lengths: [40], numbers: [0], units: 500).flatMap { $0 }
    let kept = numbers.filter { $0 != 0 }
    #expect(abs(Double(kept.count) / 20000 - 0.7) < 0.02)
    #expect(kept.allSatisfy { abs($0 - 1 / 0.7) < 1e-4 })
    #expect(
      left(Dropout(rate: 0, seed: 1, step: 0), lengths: [3], numbers: [0], units: 5).flatMap { $0 }
        .allSatisfy { $0 == 1 })
  }

  @Test("depends on sentence, position, unit, layer and step, and not on who else is there")
  func independence() {
    // Sentences 8 and 3, of three and two words; then 3 alone.
    let together = left(dropout, lengths: [3, 2], numbers: [8, 3], units: 30)
    let alone = left(dropout, lengths: [2], numbers: [3], units: 30)
    #expect([together[1], together[3]] == alone)
    #expect(alone[0] != alone[1])
    #expect(together[0] != together[1])
    #expect(left(dropout, "another", lengths: [2], numbers: [3], units: 30) != alone)
    #expect(
      left(Dropout(rate: 0.3, seed: 5, step: 3), lengths: [2], numbers: [3], units: 30) != alone)
    #expect(
      left(Dropout(rate: 0.3, seed: 6, step: 2), lengths: [2], numbers: [3], units: 30) != alone)
    // More units have the same first ones.
    #expect(
      left(dropout, lengths: [2], numbers: [3], units: 31).map { Array($0.dropLast()) } == alone)
  }
}

@Suite("What a training starts from")
struct InitializationTests {
  private func numbers(_ change: (inout Configuration) -> Void) throws -> [String: [Float]] {
    var configuration = Configuration()
    (configuration.model.layers, configuration.model.hiddenSize) = (1, 40)
    configuration.model.embeddingSize = 50
    change(&configuration)
    let model = configuration.model.shape(VocabularySizes(source: 60, target: 70)).makeWhole()
    let parameters = Parameters(layout: model.layout)
    parameters.initialize(nil, as: configuration.model, seed: 3)
    return model.layout.all.reduce(into: [:]) { result, slice in
      result[slice.name] = Array(
        UnsafeBufferPointer(start: parameters.pointer(slice), count: slice.count))
    }
  }

  private func deviation(_ values: [Float]?) -> Double {
    let values = values ?? []
    return (values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)).squareRoot()
  }

  @Test("by fan-in: embeddings N(0, 1)/100, weights N(0, 1)/√fan-in, biases zero")
  func xavier() throws {
    let values = try numbers { ($0.model.start, $0.model.selfAttention) = (.xavier, 30) }
    func isNear(_ name: String, _ expected: Double) -> Bool {
      abs(deviation(values[name]) / expected - 1) < 0.1
    }
    #expect(isNear("encoder.embedding.weight", 0.01))
    #expect(isNear("encoder.self_attention.query.weight", 1 / 60.0.squareRoot()))
    #expect(isNear("encoder.self_attention.key.weight", 1 / 50.0.squareRoot()))
    #expect(isNear("encoder.lstm.weight_ih_l0", 1 / 30.0.squareRoot()))
    #expect(isNear("decoder.output.weight", 1 / 40.0.squareRoot()))
    for (name, numbers) in values where name.contains("bias") {
      #expect(numbers.allSatisfy { $0 == 0 }, "\(name)")
    }
    // About as many above the mean as below it, and some far from it.
    let weights = values["encoder.lstm.weight_hh_l0"]!
    #expect(abs(weights.count { $0 > 0 } - weights.count / 2) < weights.count / 20)
    #expect(weights.contains { Double($0) > 3 / 40.0.squareRoot() })
  }

  @Test("the forget gates' biases have what the key adds, and no others")
  func forgetBias() throws {
    let plain = try numbers { _ in }
    let added = try numbers { $0.model.forgetBias = 3 }
    for (name, numbers) in plain {
      for (index, number) in numbers.enumerated() {
        let isForgetGate =
          name.contains("bias") && name.contains("lstm") && (40..<80).contains(index)
        #expect(added[name]![index] == number + (isForgetGate ? 3 : 0))
      }
    }
  }

  @Test("tied embeddings start as embeddings")
  func tied() throws {
    let values = try numbers {
      ($0.model.start, $0.model.tiedEmbeddings, $0.model.embeddingSize) = (.xavier, true, 40)
    }
    #expect(values["decoder.output.weight"] == nil)
    #expect(abs(deviation(values["decoder.embedding.weight"]) / 0.01 - 1) < 0.1)
  }
}
