import CKernels
import Foundation
import Synchronization
import Testing

@testable import Seq2Seq

@Suite("Numbers")
struct NumbersTests {
  /// The largest distance from Double's result, in units in the last place of a float32.
  private func worstError(
    over range: ClosedRange<Float>, _ function: (Float) -> Float, _ exact: (Double) -> Double
  ) -> Double {
    var worst = 0.0
    let steps = 4000
    for step in 0...steps {
      let x = range.lowerBound + (range.upperBound - range.lowerBound) * Float(step) / Float(steps)
      let expected = exact(Double(x))
      let found = Double(function(x))
      let unit = Double(max(Float(abs(expected)).ulp, Float.leastNormalMagnitude.ulp))
      worst = max(worst, abs(found - expected) / unit)
    }
    return worst
  }

  /// eˣ for x ≤ 0, as the softmax computes it.
  private func exponential(_ x: Float, _ kernel: Kernel) -> Float {
    var values: [Float] = [0, x]
    let bias: [Float] = [0, 0]
    _ = values.withUnsafeMutableBufferPointer {
      exponentials($0.baseAddress!, plus: bias, count: 2, kernel: kernel)
    }
    return values[1]
  }

  /// σ(x) and tanh(x), as an LSTM's gates compute them; in a whole vector and beside one.
  private func activations(_ x: Float, _ kernel: Kernel) -> (sigmoid: Float, tanh: Float) {
    let size = 17
    var gates = [Float](repeating: x, count: 4 * size)
    var outputs = [Float](repeating: 0, count: 4 * size)
    let zeros = [Float](repeating: 0, count: 4 * size)
    gates.withUnsafeMutableBufferPointer { gates in
      outputs.withUnsafeMutableBufferPointer { outputs in
        let base = outputs.baseAddress!
        zeros.withUnsafeBufferPointer { zeros in
          var step = forward_step(
            gates: gates.baseAddress!, recurrent: nil, bias: zeros.baseAddress!,
            recurrent_bias: nil, hidden_before: nil, cell_before: zeros.baseAddress!, cell: base,
            tanh_cell: base + size, hidden: base + 2 * size, hidden_copy: base + 3 * size)
          RecurrentCell.lstm.loops(kernel.functions).forward(size, &step)
        }
      }
    }
    for gate in 0..<4 {
      let values = gates[gate * size..<(gate + 1) * size]
      #expect(values.allSatisfy { $0 == values.first! || x.isNaN })
    }
    return (gates[0], gates[2 * size])
  }

  @Test("exp, sigmoid and tanh are right to a few units in the last place", arguments: kernels)
  func accuracy(index: Int) {
    let kernel = Kernel.available[index]
    func sigmoid(_ x: Float) -> Float { activations(x, kernel).sigmoid }
    func hyperbolicTangent(_ x: Float) -> Float { activations(x, kernel).tanh }
    #expect(worstError(over: -87...0, { exponential($0, kernel) }, exp) < 2)
    #expect(worstError(over: -1...0, { exponential($0, kernel) }, exp) < 2)
    #expect(worstError(over: -30...30, sigmoid) { 1 / (1 + exp(-$0)) } < 3)
    #expect(worstError(over: -12...12, hyperbolicTangent, tanh) < 3)
    #expect(worstError(over: -0.7...0.7, hyperbolicTangent, tanh) < 3)
    #expect(worstError(over: -1e-6...1e-6, hyperbolicTangent, tanh) < 1)
  }

  /// Numbers of the kernels that this processor can run.
  private static let kernels = Array(Kernel.available.indices)

  @Test("extremes saturate, and NaN stays NaN", arguments: kernels)
  func extremes(index: Int) {
    let kernel = Kernel.available[index]
    for x: Float in [1e30, .infinity] {
      #expect(activations(x, kernel).sigmoid == 1)
      #expect(activations(-x, kernel).sigmoid < 1e-37)
      #expect(activations(x, kernel).tanh == 1)
      #expect(activations(-x, kernel).tanh == -1)
    }
    #expect(exponential(.nan, kernel).isNaN)
    #expect(activations(.nan, kernel).tanh.isNaN)
  }

  @Test("softmax sums to one and gives the logarithm of its normaliser", arguments: [1, 7, 8, 21])
  func softmaxes(count: Int) {
    let logits = (0..<count).map { Float($0 % 5) * 3 - 80 }
    let exact = log(logits.map { exp(Double($0)) }.reduce(0, +))
    let bias = (0..<count).map { Float($0) - 3 }
    var values = zip(logits, bias).map { $0 - $1 }
    let (largest, sum) = values.withUnsafeMutableBufferPointer {
      exponentials($0.baseAddress!, plus: bias, count: count)
    }
    #expect(largest == logits.max())
    #expect(abs(Double(largest) + log(Double(sum)) - exact) < 1e-5)
    #expect(abs(Double(logSumExp(logits, count: count)) - exact) < 1e-5)
    for (value, logit) in zip(values, logits) {
      #expect(abs(Double(value / sum) - exp(Double(logit) - exact)) < 1e-6)
    }
  }

  @Test("logarithms are right to a few units in the last place")
  func manyLogarithms() {
    for kernel in Kernel.available {
      var values = (0..<203).map { Float(exp(Double($0) * 0.85 - 86)) } + [1, 0.999_999_9, 0.5]
      let exact = values.map { log(Double($0)) }
      values += [0, .leastNonzeroMagnitude, .nan, .infinity]
      values.withUnsafeMutableBufferPointer {
        logarithms($0.baseAddress!, count: $0.count, kernel: kernel)
      }
      for (value, exact) in zip(values, exact) {
        #expect(abs(Double(value) - exact) <= 3e-7 * max(abs(exact), 1e-1))
      }
      // What is less than the least normal number counts as that; what is no number stays none.
      let rest = values.suffix(4)
      #expect(rest.prefix(2).allSatisfy { abs($0 + 87.336_55) < 1e-4 })
      #expect(rest.suffix(2).allSatisfy { !$0.isFinite })
    }
  }

  @Test(
    "products with packed matrices agree with the definition",
    arguments: [1, 8, 31, 32, 47, 48, 100, 200], [1, 5, 70, 1100])
  func packedProducts(columns: Int, inner: Int) {
    var position: UInt64 = 0
    let numbers = CounterBasedGenerator(seed: 2, stream: "packed")
    // A view owns nothing, and optimised code frees what is not used any more.
    var storages: [FloatStorage] = []
    defer { withExtendedLifetime(storages) {} }
    func matrix(_ rows: Int, _ columns: Int) -> Matrix {
      let storage = FloatStorage(count: rows * columns)
      storages.append(storage)
      for index in 0..<rows * columns {
        storage.base[index] = numbers.uniform(at: position, in: -1...1)
        position += 1
      }
      return Matrix(storage.base, rows: rows, columns: columns)
    }
    let mostRows = 150
    let (left, right) = (matrix(mostRows, inner), matrix(inner, columns))
    let (leftTransposed, rightTransposed) = (matrix(inner, mostRows), matrix(columns, inner))
    transpose(left, into: leftTransposed)
    transpose(right, into: rightTransposed)
    let (before, found) = (matrix(mostRows, columns), matrix(mostRows, columns))
    let exact = plainProduct(left, right)
    for (kernel, rows) in Kernel.available.flatMap({ kernel in
      [1, 2, 17, 75, 150].map { (kernel, $0) }
    }) {
      let packed = PackedMatrix(kernel: kernel)
      let (start, result) = (before[rows: 0..<rows], found[rows: 0..<rows])
      func agree(adding: Bool) -> Bool {
        let tolerance = 1e-5 * Float(inner).squareRoot()
        return (0..<rows * columns).allSatisfy {
          abs((adding ? start.base[$0] : 0) + exact[$0] - result.base[$0]) < tolerance
        }
      }
      packed.pack(right)
      result.copy(from: start)
      multiply(left[rows: 0..<rows], packed, into: result, accumulate: true)
      #expect(agree(adding: true))
      packed.pack(rightTransposed.transposed)
      multiply(left[rows: 0..<rows], packed, into: result)
      #expect(agree(adding: false))
      let tall = Matrix(leftTransposed.base, rows: inner, columns: rows, stride: mostRows)
      result.copy(from: start)
      multiply(tall.transposed, packed, into: result, accumulate: true)
      #expect(agree(adding: true))
    }
  }

  /// `left · right` from the definition, row by row.
  private func plainProduct(_ left: Matrix, _ right: Matrix) -> [Float] {
    var result = [Float](repeating: 0, count: left.rows * right.columns)
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<left.rows {
        for k in 0..<left.columns {
          let (factor, numbers) = (left[row, k], right.row(k))
          for column in 0..<right.columns {
            result[row * right.columns + column] += factor * numbers[column]
          }
        }
      }
    }
    return result
  }

  @Test("a product over nothing is zero, and adds nothing")
  func emptyProducts() {
    let storage = FloatStorage(count: 16)
    defer { withExtendedLifetime(storage) {} }
    let left = Matrix(storage.base, rows: 2, columns: 0)
    let packed = PackedMatrix()
    packed.pack(Matrix(storage.base, rows: 0, columns: 2))
    let result = Matrix(storage.base, rows: 2, columns: 2)
    result[0, 0] = 5
    multiply(left, packed, into: result, accumulate: true)
    #expect(result[0, 0] == 5)
    multiply(left, packed, into: result)
    #expect(result[0, 0] == 0)
  }

  private final class Calls: Sendable { let parts = Mutex<[Int]>([]) }

  @Test("threads compute each part once, also while others compute theirs", arguments: 0..<4)
  func workers(_: Int) {
    for count in [1, 2, 3, 7] {
      for _ in 0..<100 {
        let calls = Calls()
        WorkerThreads.shared.perform(parts: count) { part in
          calls.parts.withLock { $0.append(part) }
        }
        #expect(calls.parts.withLock { $0.sorted() } == Array(0..<count))
      }
    }
  }

  @Test("the environment may say how many threads there are")
  func threads() {
    #expect(MatrixThreads.requested(in: ["OMP_NUM_THREADS": "3"]) == 3)
    #expect(MatrixThreads.requested(in: ["OMP_NUM_THREADS": " 4,2"]) == 4)
    let both = ["OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "2"]
    #expect(MatrixThreads.requested(in: both) == 2)
    #expect(MatrixThreads.requested(in: both.merging(["OPENBLAS_NUM_THREADS": ""]) { $1 }) == 3)
    #expect(MatrixThreads.requested(in: ["OMP_NUM_THREADS": "0"]) == nil)
    #expect(MatrixThreads.requested(in: [:]) == nil)
  }

  @Test("sums of squares keep small numbers among many")
  func squares() {
    let values = [Float](repeating: 1e-3, count: 100_003)
    #expect(abs(sumOfSquares(values, count: values.count) - 0.100_003) < 1e-7)
  }
}
