import Foundation

@testable import Seq2Seq

/// The output layer, whole or as the slices that several ranks have, whose statistics are joined by hand.
final class SoftmaxCheck {
  /// One slice: a layer with parameters of its own.
  private struct Slice {
    let output: SoftmaxOutput
    let parameters: Parameters
    let gradients: Gradients
    let cache = SoftmaxOutput.Cache()
  }

  private static let scale = 0.5
  private let (vocabularySize, inputSize): (Int, Int)
  private let targets: [Int32]
  private(set) var values: Numbers = [:]

  /// - Parameter isSparse: whether every third row has no target.
  init(rows: Int, vocabularySize: Int, inputSize: Int, isSparse: Bool = false) {
    (self.vocabularySize, self.inputSize) = (vocabularySize, inputSize)
    // Some twice, some never, and not as many for each slice.
    targets = (0..<rows).map {
      isSparse && $0 % 3 == 1
        ? SoftmaxOutput.noTarget : Int32($0 * $0 * 7 % vocabularySize)
    }
    values.draw("output.weight", vocabularySize * inputSize, in: -2...2)
    values.draw("output.bias", vocabularySize, in: -2...2)
    values.draw("input", rows * inputSize)
  }

  var check: LayerCheck {
    LayerCheck(
      name: "softmax", values: values,
      coefficients: ["losses": targets.map { _ in Self.scale }], definition: definition,
      passes: [1, 2, 3].map { count in ("\(count) slices", { try self.pass(slices: count) }) })
  }

  private func definition(_ values: Numbers) -> Numbers {
    [
      "losses": targets.enumerated().map { row, target in
        guard target != SoftmaxOutput.noTarget else { return 0 }
        let input = Definition.row(row, of: values["input"]!, width: inputSize)
        return -log(
          Definition.softmax(
            input, weight: values["output.weight"]!, bias: values["output.bias"]!)[Int(target)])
      }
    ]
  }

  /// Losses and gradients from the formula p − [the target's], for sizes that differences take long for.
  var formula: LayerCheck.Pass {
    let (weight, bias) = (values["output.weight"]!, values["output.bias"]!)
    var weightGradient = weight.map { _ in 0.0 }
    var biasGradient = bias.map { _ in 0.0 }
    var (inputGradient, losses): ([Double], [Double]) = ([], [])
    for (row, target) in targets.enumerated() {
      let input = Definition.row(row, of: values["input"]!, width: inputSize)
      var gradient = [Double](repeating: 0, count: inputSize)
      guard target != SoftmaxOutput.noTarget else {
        losses.append(0)
        inputGradient += gradient
        continue
      }
      var d = Definition.softmax(input, weight: weight, bias: bias)
      losses.append(-log(d[Int(target)]))
      d[Int(target)] -= 1
      for symbol in d.indices {
        biasGradient[symbol] += Self.scale * d[symbol]
        for k in 0..<inputSize {
          weightGradient[symbol * inputSize + k] += Self.scale * d[symbol] * input[k]
          gradient[k] += Self.scale * d[symbol] * weight[symbol * inputSize + k]
        }
      }
      inputGradient += gradient
    }
    return (
      ["losses": losses],
      ["output.weight": weightGradient, "output.bias": biasGradient, "input": inputGradient]
    )
  }

  /// Losses and gradients of all slices together.
  func pass(slices count: Int) throws -> LayerCheck.Pass {
    let slices = (0..<count).map { slice((0..<vocabularySize).evenPart($0, of: count)) }
    let input = OwnedMatrix(values["input"]!, columns: inputSize)
    defer { withExtendedLifetime(input) {} }
    let own = try slices.map { try statistics(of: $0, input: input.matrix) }
    let joined = own[0].indices.map { block in
      OwnedMatrix(own.flatMap { $0[block] }, columns: SoftmaxOutput.statisticsSize)
    }
    var gradients: Numbers = ["output.weight": [], "output.bias": []]
    var inputGradient = [Double](repeating: 0, count: targets.count * inputSize)
    var losses: Set<[Float]> = []
    for slice in slices {
      let partial = try pass(slice, input: input.matrix, joined: joined)
      losses.insert(slice.cache.losses)
      for (name, numbers) in slice.gradients.numbers { gradients[name]! += numbers }
      // Each slice has its part of the sum over the vocabulary.
      inputGradient = zip(inputGradient, partial).map(+)
    }
    gradients["input"] = inputGradient
    // All slices know every row's loss, to the bit.
    return (["losses": losses.count == 1 ? losses.first!.map(Double.init) : []], gradients)
  }

  /// Losses and gradients of one slice.
  ///
  /// - Parameter joined: of each block of rows, all slices' statistics.
  /// - Returns: its part of the gradient of the input.
  private func pass(
    _ slice: Slice, input: Matrix, joined: [OwnedMatrix]
  ) throws -> [Double] {
    let inputGradient = OwnedMatrix(rows: targets.count, columns: inputSize)
    var block = 0
    slice.gradients.poison()
    slice.cache.combine = { _ in
      defer { block += 1 }
      return joined[block].matrix
    }
    slice.cache.begin()
    try slice.output.lossAndGradients(
      input, targets: targets[...],
      into: .init(
        scale: Float(Self.scale), inputGradient: inputGradient.matrix, gradients: slice.gradients),
      parameters: slice.parameters, cache: slice.cache)
    return inputGradient.doubles
  }

  private func slice(_ symbols: Range<Int>) -> Slice {
    var layout = ParameterLayout()
    let output = SoftmaxOutput("output", slice: symbols, inputSize: inputSize, to: &layout)
    let parameters = Parameters(layout: layout)
    parameters.assign([
      "output.weight": Array(
        values["output.weight"]![symbols.lowerBound * inputSize..<symbols.upperBound * inputSize]),
      "output.bias": Array(values["output.bias"]![symbols]),
    ])
    return Slice(output: output, parameters: parameters, gradients: Gradients(layout: layout))
  }

  /// What a slice says of each block of rows. The losses beside that are of no use: those of a
  /// vocabulary that is this slice alone.
  private func statistics(of slice: Slice, input: Matrix) throws -> [[Double]] {
    var blocks: [[Double]] = []
    slice.cache.combine = { own in
      blocks.append(own.doubles)
      return own
    }
    slice.cache.begin()
    try slice.output.lossAndGradients(
      input, targets: targets[...], into: nil, parameters: slice.parameters, cache: slice.cache)
    return blocks
  }
}
