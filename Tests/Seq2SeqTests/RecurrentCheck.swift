import Foundation

@testable import Seq2Seq

/// Recurrent layers over sequences of unequal lengths, one of them empty, which read vectors or symbols.
final class RecurrentCheck {
  /// What is checked.
  struct Case {
    var cell: Configuration.Model.Cell
    var layers = 1
    var hiddenSize = 5
    /// Longest first.
    var lengths = [3, 2, 2, 1, 0]
    var readsSymbols = false
    var hasInitialState = false
    /// What the loss reads.
    var outputs = true
    var finalStates = true

    /// With and without an initial state, with gradients from outputs, from final states and from both.
    var variants: [Case] {
      [true, false].flatMap { initial in
        [(true, true), (true, false), (false, true)].map { outputs, finalStates in
          var variant = self
          variant.hasInitialState = initial
          (variant.outputs, variant.finalStates) = (outputs, finalStates)
          return variant
        }
      }
    }
  }

  private static let inputSize = 3
  private static let vocabularySize = 6
  private static let tableName = "embedding.weight"

  private let choice: Case
  private let stack: LayerStack
  private let embedding: Embedding?
  private let symbols: [Int32]
  private let packing: Packing
  /// Which sequence and step each row of the packing is.
  private let rows: [(sequence: Int, step: Int)]
  private let parameters: Parameters
  private let gradients: Gradients
  private let cache: LayerStack.Cache
  private var values: Numbers = [:]
  private var coefficients: Numbers = [:]

  init(_ choice: Case) {
    self.choice = choice
    var layout = ParameterLayout()
    let shape = StackShape(
      cell: choice.cell.recurrence, inputSize: Self.inputSize, hiddenSize: choice.hiddenSize)
    stack = LayerStack("stack", layers: 0..<choice.layers, of: shape, to: &layout)
    embedding =
      choice.readsSymbols
      ? Embedding(
        "embedding", vocabularySize: Self.vocabularySize, size: Self.inputSize, to: &layout) : nil
    packing = Packing(descendingLengths: choice.lengths)
    rows = (0..<choice.lengths[0]).flatMap { step in
      choice.lengths.indices.filter { choice.lengths[$0] > step }.map { ($0, step) }
    }
    // Some stand in several rows; 5 and 1 in none.
    symbols = rows.indices.map { [4, 0, 3, 4, 2, 0][$0 % 6] }
    parameters = Parameters(layout: layout)
    gradients = Gradients(layout: layout)
    cache = LayerStack.Cache(packed: .init(layerCount: choice.layers))
    drawNumbers(layout)
  }

  private func drawNumbers(_ layout: ParameterLayout) {
    for slice in layout.all { values.draw(slice.name, slice.count) }
    let (sequences, size) = (choice.lengths.count, choice.hiddenSize)
    if embedding == nil { values.draw("input", rows.count * Self.inputSize) }
    if choice.outputs { coefficients.draw("output", rows.count * size) }
    for layer in 0..<choice.layers {
      for part in stateParts {
        if choice.hasInitialState { values.draw("initial \(part) \(layer)", sequences * size) }
        if choice.finalStates { coefficients.draw("final \(part) \(layer)", sequences * size) }
      }
    }
    parameters.assign(values)
  }

  private var stateParts: [String] {
    stack.shape.cell.hasCellState ? ["hidden", "cell"] : ["hidden"]
  }

  var check: LayerCheck {
    let steps = packing.stepCount
    let cuts = [
      ("at once", [0..<steps]), ("step by step", (0..<steps).map { $0..<$0 + 1 }),
      ("in chunks", [0..<1, 1..<steps]),
    ]
    return LayerCheck(
      name: "initial state: \(choice.hasInitialState), reads \(coefficients.keys.sorted())",
      values: values, coefficients: coefficients, definition: definition,
      passes: cuts.map { name, chunks in (name, { self.pass(chunks) }) })
  }

  // MARK: What it should compute

  private func definition(_ values: Numbers) -> Numbers {
    let weights = stack.layers.map { Definition.Weights($0, in: values) }
    let results = choice.lengths.indices.map { sequence in
      Definition.read(
        inputs(of: sequence, values), from: initialStates(of: sequence, values),
        cell: stack.shape.cell.name, layers: weights)
    }
    var outputs: Numbers = ["output": rows.flatMap { results[$0.sequence].outputs[$0.step] }]
    for layer in 0..<choice.layers {
      outputs["final hidden \(layer)"] = results.flatMap { $0.states[layer].hidden }
      guard stateParts.contains("cell") else { continue }
      outputs["final cell \(layer)"] = results.flatMap { $0.states[layer].cell }
    }
    return outputs
  }

  private func inputs(of sequence: Int, _ values: Numbers) -> [[Double]] {
    let width = Self.inputSize
    return rows.indices.filter { rows[$0].sequence == sequence }.map { row in
      embedding == nil
        ? Definition.row(row, of: values["input"]!, width: width)
        : Definition.row(Int(symbols[row]), of: values[Self.tableName]!, width: width)
    }
  }

  private func initialStates(of sequence: Int, _ values: Numbers) -> [Definition.State] {
    let size = choice.hiddenSize
    func part(_ name: String, _ layer: Int) -> [Double] {
      values["initial \(name) \(layer)"].map { Definition.row(sequence, of: $0, width: size) }
        ?? [Double](repeating: 0, count: size)
    }
    return (0..<choice.layers).map {
      Definition.State(hidden: part("hidden", $0), cell: part("cell", $0))
    }
  }

  // MARK: What it computes

  private func pass(_ chunks: [Range<Int>]) -> LayerCheck.Pass {
    let input = values["input"].map { OwnedMatrix($0, columns: Self.inputSize) }
    let inputGradient = input.map { _ in OwnedMatrix(rows: rows.count, columns: Self.inputSize) }
    let outputGradient = coefficients["output"].map {
      OwnedMatrix($0, columns: choice.hiddenSize)
    }
    let initial = states("initial", in: values)
    let finalGradients = states("final", in: coefficients)
    gradients.poison()
    begin(input, initial?.map(\.state))
    for steps in chunks { stack.forward(steps: steps, parameters: parameters, cache: cache) }
    var outputs = numbers("final", cache.finalStates)
    outputs["output"] = cache.output.doubles
    stack.beginBackward(
      from: finalGradients?.map(\.state), parameters: parameters, cache: cache)
    for steps in chunks.reversed() {
      stack.backward(
        steps: steps, gradients: (outputGradient?.matrix, inputGradient?.matrix),
        parameters: parameters, cache: cache
      ) { _ in }
    }
    for layer in 0..<choice.layers {
      stack.addWeightGradients(
        ofLayer: layer, parameters: parameters, gradients: gradients, cache: cache)
    }
    var found = gradients.numbers
    if let inputGradient { found["input"] = inputGradient.doubles }
    if choice.hasInitialState {
      found.merge(numbers("initial", cache.initialGradients)) { $1 }
    }
    withExtendedLifetime((input, inputGradient, outputGradient, initial, finalGradients)) {}
    return (outputs, found)
  }

  private func begin(_ input: OwnedMatrix?, _ initial: [RecurrentState]?) {
    let read: LayerInput
    if let embedding {
      let embedded = EmbeddedSymbols(embedding)
      embedded.begin(symbols)
      read = .symbols(embedded)
    } else {
      read = .vectors(input!.matrix)
    }
    stack.begin(read, packing: packing, from: initial, parameters: parameters, cache: cache)
  }

  /// A state with memory of its own.
  private struct OwnedState {
    let hidden: OwnedMatrix
    let cell: OwnedMatrix
    var state: RecurrentState { RecurrentState(hidden: hidden.matrix, cell: cell.matrix) }
  }

  private func states(_ name: String, in numbers: Numbers) -> [OwnedState]? {
    guard numbers["\(name) hidden 0"] != nil else { return nil }
    return (0..<choice.layers).map { layer in
      OwnedState(
        hidden: OwnedMatrix(numbers["\(name) hidden \(layer)"]!, columns: choice.hiddenSize),
        cell: numbers["\(name) cell \(layer)"].map {
          OwnedMatrix($0, columns: choice.hiddenSize)
        } ?? OwnedMatrix(rows: choice.lengths.count, columns: 0))
    }
  }

  private func numbers(_ name: String, _ states: [RecurrentState]) -> Numbers {
    states.enumerated().reduce(into: [:]) { result, state in
      result["\(name) hidden \(state.offset)"] = state.element.hidden.doubles
      guard stateParts.contains("cell") else { return }
      result["\(name) cell \(state.offset)"] = state.element.cell.doubles
    }
  }
}
