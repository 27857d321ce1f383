import Foundation

@testable import Seq2Seq

/// What layers compute, from PyTorch's equations: plain loops in Double, one sequence and one step at a
/// time. Nothing of the trainer's packing, fusing or order of work is here, so that it can be wrong alone.
enum Definition {
  /// The parameters of a recurrent layer, row by row.
  struct Weights {
    let input: [Double]
    let hidden: [Double]
    let bias: [Double]
    /// Zeros where the layer has one bias.
    let hiddenBias: [Double]

    init(_ layer: RecurrentLayer, in values: Numbers) {
      input = values[layer.inputWeight.name]!
      hidden = values[layer.hiddenWeight.name]!
      bias = values[layer.bias.name]!
      hiddenBias = layer.hiddenBias.map { values[$0.name]! } ?? bias.map { _ in 0 }
    }
  }

  /// h, and c of a cell that has one.
  struct State {
    var hidden: [Double]
    var cell: [Double]
  }

  /// Reads a sequence with a stack of layers.
  ///
  /// - Parameter drop: what is left of a layer's input at a step.
  /// - Returns: what the top layer says at each step, and each layer's last state.
  static func read(
    _ sequence: [[Double]], from states: [State], cell: String, layers: [Weights],
    drop: (_ layer: Int, _ step: Int, _ input: [Double]) -> [Double] = { $2 }
  ) -> (outputs: [[Double]], states: [State]) {
    var states = states
    let outputs = sequence.enumerated().map { step, vector in
      var input = vector
      for (index, weights) in layers.enumerated() {
        let state = states[index]
        input = drop(index, step, input)
        states[index] = next(
          state, after: product(weights.input, input, plus: weights.bias),
          and: product(weights.hidden, state.hidden, plus: weights.hiddenBias), cell: cell)
        input = states[index].hidden
      }
      return input
    }
    return (outputs, states)
  }

  /// The next state, from a = W_ih x + b_ih and b = W_hh h + b_hh.
  private static func next(
    _ state: State, after a: [Double], and b: [Double], cell: String
  ) -> State {
    let (h, c) = (state.hidden, state.cell)
    var next = state
    for k in h.indices {
      func index(_ gate: Int) -> Int { gate * h.count + k }
      func sum(_ gate: Int) -> Double { a[index(gate)] + b[index(gate)] }
      switch cell {
      case "rnn":
        next.hidden[k] = tanh(sum(0))
      case "gru":
        let (r, z) = (sigmoid(sum(0)), sigmoid(sum(1)))
        let n = tanh(a[index(2)] + r * b[index(2)])
        next.hidden[k] = (1 - z) * n + z * h[k]
      case "lstm":
        next.cell[k] = sigmoid(sum(1)) * c[k] + sigmoid(sum(0)) * tanh(sum(2))
        next.hidden[k] = sigmoid(sum(3)) * tanh(next.cell[k])
      default:
        preconditionFailure("a cell without a definition: \(cell)")
      }
    }
    return next
  }

  /// The probabilities of all symbols: the softmax of W x + b.
  static func softmax(_ input: [Double], weight: [Double], bias: [Double]) -> [Double] {
    softmax(product(weight, input, plus: bias))
  }

  /// The softmax of some numbers.
  static func softmax(_ numbers: [Double]) -> [Double] {
    let exponentials = numbers.map { exp($0) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
  }

  /// The sum of values, weighted by the softmax of how like a query their keys are; zeros if there are none.
  static func attention(
    _ query: [Double], keys: [[Double]], values: [[Double]], scale: Double = 1
  ) -> [Double] {
    let weights = softmax(
      keys.map { key in scale * zip(query, key).reduce(0) { $0 + $1.0 * $1.1 } })
    var sum = [Double](repeating: 0, count: values.first?.count ?? query.count)
    for (weight, value) in zip(weights, values) {
      for index in sum.indices { sum[index] += weight * value[index] }
    }
    return sum
  }

  /// What self-attention makes of some symbols, one vector each.
  static func selfAttention(_ symbols: [Int32], size: Int, in values: Numbers) -> [[Double]] {
    let name = "encoder.self_attention"
    func rows(_ part: String) -> [[Double]] {
      symbols.map {
        zip(
          row(Int($0), of: values["\(name).\(part).weight"]!, width: size),
          values["\(name).\(part).bias"]!
        )
        .map(+)
      }
    }
    let table = values["encoder.embedding.weight"]!
    let weight = values["\(name).key.weight"]!
    let keys = symbols.map {
      product(
        weight, row(Int($0), of: table, width: weight.count / size),
        plus: values["\(name).key.bias"]!)
    }
    let summed = rows("value")
    return rows("query").map {
      attention($0, keys: keys, values: summed, scale: 1 / Double(size).squareRoot())
    }
  }

  /// A row of a table.
  static func row(_ index: Int, of table: [Double], width: Int) -> [Double] {
    Array(table[index * width..<(index + 1) * width])
  }

  private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// W x + b.
  private static func product(
    _ weight: [Double], _ vector: [Double], plus bias: [Double]
  ) -> [Double] {
    var result = bias
    // Pointers, because tests run without optimisation.
    weight.withUnsafeBufferPointer { weight in
      vector.withUnsafeBufferPointer { vector in
        for row in bias.indices {
          let start = row * vector.count
          var sum = 0.0
          var k = 0
          while k < vector.count {
            sum += weight[start + k] * vector[k]
            k += 1
          }
          result[row] += sum
        }
      }
    }
    return result
  }
}
