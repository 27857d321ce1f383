import Testing

@testable import Seq2Seq

/// Numbers by name: parameters, inputs, states, outputs.
typealias Numbers = [String: [Double]]

/// A layer, and what it should compute, as two functions of the same named numbers.
///
/// The loss is a fixed linear functional of the outputs. Its derivatives by every single number are
/// differences of the definition in Double, right to nine digits, so that a layer in float32 can be held
/// to its own accuracy, element by element.
struct LayerCheck {
  /// What a layer computed: its outputs, and the gradients of the loss.
  typealias Pass = (outputs: Numbers, gradients: Numbers)

  /// Where it is, for whom a failure is reported to.
  let name: String
  /// All that the outputs depend on: each has a gradient.
  let values: Numbers
  /// What the outputs are multiplied by to give the loss. Nobody reads an output that has none.
  let coefficients: Numbers
  /// The outputs.
  let definition: (Numbers) -> Numbers
  /// What the outputs do not depend on, by mathematics.
  var irrelevant: Set<String> = []
  /// Ways to compute outputs and gradients that must all give the same.
  var passes: [(name: String, run: () throws -> Pass)] = []

  /// Compares every number of every pass.
  func verify() throws {
    let outputs = definition(values)
    let gradients = values.keys.reduce(into: Numbers()) { $0[$1] = derivatives(by: $1) }
    for (name, gradient) in gradients where !irrelevant.contains(name) {
      // A gradient of zeros would agree with a layer that computes none.
      #expect(largest(gradient) > 1e-3, "\(self.name): \(name) hardly matters")
    }
    for pass in passes {
      let found = try pass.run()
      expectClose(found.outputs, outputs, "\(name), \(pass.name)")
      for name in irrelevant {
        #expect(largest(found.gradients[name]!) < 1e-6, "\(self.name): \(name) matters")
      }
      expectClose(
        found.gradients.filter { !irrelevant.contains($0.key) },
        gradients.filter { !irrelevant.contains($0.key) }, "\(name), \(pass.name), gradient of")
    }
  }

  private func loss(_ values: Numbers) -> Double {
    let outputs = definition(values)
    return coefficients.reduce(0) { sum, term in
      zip(term.value, outputs[term.key]!).reduce(sum) { $0 + $1.0 * $1.1 }
    }
  }

  private func derivatives(by name: String) -> [Double] {
    let step = 1e-5
    var moved = values
    return values[name]!.enumerated().map { index, value in
      func loss(at place: Double) -> Double {
        moved[name]![index] = place
        return self.loss(moved)
      }
      defer { moved[name]![index] = value }
      return (loss(at: value + step) - loss(at: value - step)) / (2 * step)
    }
  }
}

private func largest(_ numbers: [Double]) -> Double { numbers.reduce(0) { max($0, abs($1)) } }

/// Expects the same numbers under the same names, as close to one another as float32 can be: relative to the
/// largest number of each name.
func expectClose(_ found: Numbers, _ exact: Numbers, tolerance: Double = 2e-5, _ what: String) {
  #expect(found.keys.sorted() == exact.keys.sorted(), "\(what)")
  for (name, expected) in exact {
    guard let numbers = found[name] else { continue }
    #expect(numbers.count == expected.count, "\(what) \(name)")
    let errors = zip(numbers, expected).map { abs($0 - $1) }
    let size = largest(expected)
    // A comparison with NaN is false, and `max` would skip it.
    let isClose = errors.allSatisfy { $0 <= tolerance * size }
    #expect(isClose, "\(what) \(name): \(largest(errors)) of \(size)")
  }
}

extension Numbers {
  /// Adds random numbers, which float32 has too.
  mutating func draw(_ name: String, _ count: Int, in range: ClosedRange<Float> = -1...1) {
    let generator = CounterBasedGenerator(seed: 8, stream: name)
    self[name] = (0..<count).map { Double(generator.uniform(at: UInt64($0), in: range)) }
  }
}

/// A matrix that has memory of its own.
struct OwnedMatrix {
  private let storage: FloatStorage
  let matrix: Matrix

  /// Numbers that are not there yet.
  init(rows: Int, columns: Int) {
    storage = FloatStorage(count: rows * columns)
    matrix = Matrix(storage.base, rows: rows, columns: columns)
    matrix.base.update(repeating: .nan, count: rows * columns)
  }

  init(_ values: [Double], columns: Int) {
    self.init(rows: columns == 0 ? 0 : values.count / columns, columns: columns)
    for (index, value) in values.enumerated() { matrix.base[index] = Float(value) }
  }

  /// The numbers, row by row.
  var doubles: [Double] { withExtendedLifetime(storage) { matrix.doubles } }
}

extension Matrix {
  /// The numbers, row by row.
  var doubles: [Double] {
    (0..<rows).flatMap { row in (0..<columns).map { Double(self[row, $0]) } }
  }
}

extension Parameters {
  /// Takes all parameters from numbers.
  func assign(_ values: Numbers) {
    for slice in layout.all {
      let pointer = pointer(slice)
      for (index, value) in values[slice.name]!.enumerated() { pointer[index] = Float(value) }
    }
  }
}

extension Gradients {
  /// Begins a pass with what a matrix must not be taken for: nothing was added to it yet.
  func poison() {
    clear()
    for slice in layout.dense where !slice.isVector {
      pointer(slice).update(repeating: .nan, count: slice.count)
    }
  }

  /// The gradients of all parameters.
  var numbers: Numbers {
    layout.all.reduce(into: [:]) { $0[$1.name] = values(of: $1).map(Double.init) }
  }
}
