import Testing

@testable import Seq2Seq

/// Models as they are, in float32, against differences of their own loss: that what is computed backwards is
/// the gradient of what is computed forwards. Single layers have their definitions in `LayerGradientTests`.
@Suite("Gradients against finite differences")
struct GradientTests {
  /// A model with random weights.
  ///
  /// - Parameter range: of the weights; the default is large enough for every gate to matter.
  private func worker(
    _ cell: Configuration.Model.Cell = .lstm, layers: Int, hidden: Int, embedding: Int,
    range: Float = 1.2
  ) -> Worker {
    let network = EncoderDecoder(
      EncoderDecoderShape(
        cell: cell, layerCount: layers, hiddenSize: hidden, embeddingSize: embedding,
        vocabularies: VocabularySizes(source: 7, target: 6)))
    let parameters = Parameters(layout: network.layout)
    parameters.initializeUniformly(range: range, seed: 3)
    return Worker(network, parameters: parameters)
  }

  /// Sentences of unequal lengths.
  private let pairs = [
    SentencePair(source: [2, 3, 4], target: [2]),
    SentencePair(source: [], target: [3, 4, 5, 2]),
    SentencePair(source: [5], target: []),
    SentencePair(source: [6, 6], target: [1, 3]),
  ]

  /// A vector in the space of some parameters.
  private typealias Direction = [(slice: ParameterSlice, numbers: [Double])]

  private func product(_ a: Direction, _ b: Direction) -> Double {
    zip(a, b).reduce(0) { sum, both in
      zip(both.0.numbers, both.1.numbers).reduce(sum) { $0 + $1.0 * $1.1 }
    }
  }

  private func length(_ direction: Direction) -> Double {
    product(direction, direction).squareRoot()
  }

  private func random(_ slices: [ParameterSlice], seed: UInt64) -> Direction {
    slices.map { slice in
      let generator = CounterBasedGenerator(seed: seed, stream: slice.name)
      return (
        slice, (0..<slice.count).map { Double(generator.uniform(at: UInt64($0), in: -1...1)) }
      )
    }
  }

  /// By how much the mean loss of a sentence grows along a direction: from two places, `reach` to either side.
  private func slope(
    of worker: Worker, _ batch: Minibatch, along direction: Direction, reach: Double
  ) throws -> Double {
    let step = reach / length(direction)
    let starts = direction.map { slice, _ in
      Array(UnsafeBufferPointer(start: worker.parameters.pointer(slice), count: slice.count))
    }
    func loss(at distance: Double) throws -> Double {
      for ((slice, numbers), start) in zip(direction, starts) {
        let values = worker.parameters.pointer(slice)
        for (index, number) in numbers.enumerated() {
          values[index] = start[index] + Float(distance * number)
        }
      }
      return try worker.evaluate(batch) / Double(pairs.count)
    }
    defer {
      for ((slice, _), start) in zip(direction, starts) {
        worker.parameters.pointer(slice).update(from: start, count: slice.count)
      }
    }
    return (try loss(at: step) - loss(at: -step)) / (2 * step)
  }

  /// Errors are relative to a gradient's length, along directions whose numbers are between −1 and 1. So a part
  /// that is missing counts by its share of the length, however many numbers there are beside it.
  @Test(
    "every parameter and the whole model", arguments: Configuration.Model.Cell.allCases,
    [(1, 9, 3), (2, 4, 8), (3, 5, 2)])
  func finiteDifferences(
    cell: Configuration.Model.Cell, sizes: (layers: Int, hidden: Int, embedding: Int)
  ) throws {
    let worker = worker(
      cell, layers: sizes.layers, hidden: sizes.hidden, embedding: sizes.embedding)
    let batch = Minibatch(pairs, reverseSource: true)
    _ = try worker.forward(batch)
    try worker.backward()
    let slices = worker.model.layout.all
    let gradient = slices.map { ($0, worker.gradients.values(of: $0).map(Double.init)) }
    func error(
      of part: Direction, along direction: Direction, reach: Double = 0.03
    ) throws -> Double {
      let slope = try slope(of: worker, batch, along: direction, reach: reach)
      return abs(slope - product(part, direction)) / length(part)
    }
    for seed in 0..<8 as Range<UInt64> {
      #expect(try error(of: gradient, along: random(slices, seed: seed)) < 0.005)
    }
    for (slice, numbers) in gradient {
      let part = [(slice, numbers)]
      // A gradient of zeros would pass all that follows.
      #expect(length(part) > 1e-3 * length(gradient), "\(slice.name)")
      let upwards = [(slice, numbers.map { $0 / length(part) })]
      // Nowhere is the loss as curved as this way.
      #expect(try error(of: part, along: upwards, reach: 0.01) < 0.005, "\(slice.name)")
      for seed in 8..<10 as Range<UInt64> {
        let error = try error(of: part, along: random([slice], seed: seed))
        #expect(error < 0.01, "\(slice.name)")
      }
    }
  }

  @Test("a batch has the gradient of its sentences one by one")
  func batchEqualsSentences() throws {
    let worker = worker(layers: 2, hidden: 5, embedding: 4)
    var sums: Numbers = [:]
    var loss = 0.0
    for pair in pairs {
      loss += try worker.forward(Minibatch([pair], reverseSource: true))
      try worker.backward()
      let gradients = worker.gradients.numbers.mapValues { $0.map { $0 / Double(pairs.count) } }
      sums.merge(gradients) { zip($0, $1).map(+) }
    }
    let whole = try worker.forward(Minibatch(pairs, reverseSource: true))
    try worker.backward()
    #expect(abs(whole - loss) < 1e-6 * loss)
    expectClose(worker.gradients.numbers, sums, "the batch")
  }

  @Test("a replica without sentences has the gradient zero")
  func emptyShare() throws {
    let worker = worker(layers: 2, hidden: 5, embedding: 4)
    #expect(try worker.forward(Minibatch(pairs, reverseSource: true)) > 0)
    try worker.backward()
    let empty = Minibatch([], reverseSource: true)
    #expect(try worker.forward(empty) == 0)
    try worker.backward()
    let dense = 0..<worker.gradients.dense.count
    #expect(worker.gradients.sumOfSquares(dense: dense) == 0)
    #expect(worker.gradients.tables.allSatisfy { $0.rows.isEmpty })
  }
}
