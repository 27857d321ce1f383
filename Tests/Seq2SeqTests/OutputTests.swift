import Foundation
import Testing

@testable import Seq2Seq

@Suite("Output layer")
struct OutputTests {
  @Test("many tiles and blocks give what the definition gives", arguments: [1, 300, 520])
  func definition(rows: Int) throws {
    let (vocabularySize, size) = (1030, 3)
    var layout = ParameterLayout()
    let output = SoftmaxOutput(
      "output", slice: 0..<vocabularySize, inputSize: size, to: &layout)
    let parameters = Parameters(layout: layout)
    parameters.initializeUniformly(range: 2, seed: 4)
    let gradients = Gradients(layout: layout)
    let hidden = FloatStorage(count: rows * size)
    let numbers = CounterBasedGenerator(seed: 5, stream: "hidden")
    for index in 0..<rows * size {
      hidden.base[index] = numbers.uniform(at: UInt64(index), in: -1...1)
    }
    let input = Matrix(hidden.base, rows: rows, columns: size)
    let inputGradientStorage = FloatStorage(count: rows * size)
    let inputGradient = Matrix(inputGradientStorage.base, rows: rows, columns: size)
    defer { withExtendedLifetime((hidden, inputGradientStorage, parameters, gradients)) {} }
    let targets = (0..<rows).map { Int32($0 * 7 % vocabularySize) }
    let cache = SoftmaxOutput.Cache()
    cache.begin()
    try output.lossAndGradients(
      input, targets: targets[...],
      into: .init(scale: 0.5, inputGradient: inputGradient, gradients: gradients),
      parameters: parameters, cache: cache)

    let (weight, bias) = (parameters.matrix(output.weight), parameters.pointer(output.bias))
    var weightGradient = [Double](repeating: 0, count: vocabularySize * size)
    var biasGradient = [Double](repeating: 0, count: vocabularySize)
    for row in 0..<rows {
      let logits = (0..<vocabularySize).map { symbol in
        (0..<size).reduce(Double(bias[symbol])) {
          $0 + Double(input[row, $1]) * Double(weight[symbol, $1])
        }
      }
      let normalizer = log(logits.reduce(0) { $0 + exp($1) })
      let target = Int(targets[row])
      #expect(abs(Double(cache.losses[row]) - (normalizer - logits[target])) < 1e-5)
      var exact = [Double](repeating: 0, count: size)
      for symbol in 0..<vocabularySize {
        let d = 0.5 * (exp(logits[symbol] - normalizer) - (symbol == target ? 1 : 0))
        biasGradient[symbol] += d
        for column in 0..<size {
          exact[column] += d * Double(weight[symbol, column])
          weightGradient[symbol * size + column] += d * Double(input[row, column])
        }
      }
      for column in 0..<size {
        #expect(abs(Double(inputGradient[row, column]) - exact[column]) < 1e-5)
      }
    }
    let found = gradients.matrix(output.weight)
    let worst = (0..<vocabularySize * size).reduce(0.0) {
      max($0, abs(Double(found.base[$1]) - weightGradient[$1]))
    }
    #expect(worst < 1e-5)
    let biases = gradients.pointer(output.bias)
    #expect((0..<vocabularySize).allSatisfy { abs(Double(biases[$0]) - biasGradient[$0]) < 1e-5 })
  }
}
