import Testing

@testable import Seq2Seq

@Suite("Gradients against finite differences")
struct GradientTests {
  /// A model with random weights, and sentences of unequal lengths.
  private func worker(layers: Int, hidden: Int, embedding: Int) -> Worker {
    let network = EncoderDecoder(
      EncoderDecoderShape(
        layerCount: layers, hiddenSize: hidden, embeddingSize: embedding,
        vocabularies: VocabularySizes(source: 7, target: 6)))
    let parameters = Parameters(layout: network.layout)
    parameters.initializeUniformly(range: 0.5, seed: 3)
    return Worker(network, parameters: parameters)
  }

  private let pairs = [
    SentencePair(source: [2, 3, 4], target: [2]),
    SentencePair(source: [], target: [3, 4, 5, 2]),
    SentencePair(source: [5], target: []),
    SentencePair(source: [6, 6], target: [1, 3]),
  ]

  @Test("every parameter", arguments: [(1, 9, 3), (2, 4, 8), (3, 3, 2)])
  func finiteDifferences(layers: Int, hidden: Int, embedding: Int) throws {
    let worker = worker(layers: layers, hidden: hidden, embedding: embedding)
    let batch = Minibatch(pairs, reverseSource: true)
    _ = try worker.forward(batch)
    try worker.backward()
    let step: Float = 1e-2
    for slice in worker.model.layout.all {
      let gradient = worker.gradients.values(of: slice)
      let values = worker.parameters.pointer(slice)
      // Along one random direction a parameter: errors of single numbers cannot cancel in all.
      let generator = CounterBasedGenerator(seed: 9, stream: slice.name)
      let direction = (0..<slice.count).map {
        generator.uniform(at: UInt64($0), in: -1...1) / Float(slice.count).squareRoot()
      }
      func loss(_ distance: Float) throws -> Double {
        for index in direction.indices { values[index] += distance * direction[index] }
        defer { for index in direction.indices { values[index] -= distance * direction[index] } }
        return try worker.evaluate(batch) / Double(pairs.count)
      }
      let expected = (try loss(step) - loss(-step)) / Double(2 * step)
      let found = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(found - expected) < 2e-3 * max(1, abs(expected)), "\(slice.name)")
    }
  }

  @Test("a batch has the gradient of its sentences one by one")
  func batchEqualsSentences() throws {
    let worker = worker(layers: 2, hidden: 5, embedding: 4)
    var sums: [String: [Float]] = [:]
    var loss = 0.0
    for pair in pairs {
      loss += try worker.forward(Minibatch([pair], reverseSource: true))
      try worker.backward()
      for slice in worker.model.layout.all {
        let gradient = worker.gradients.values(of: slice).map { $0 / Float(pairs.count) }
        sums[slice.name] = zip(sums[slice.name] ?? gradient.map { _ in 0 }, gradient).map(+)
      }
    }
    let whole = try worker.forward(Minibatch(pairs, reverseSource: true))
    try worker.backward()
    #expect(abs(whole - loss) < 1e-5 * loss)
    for slice in worker.model.layout.all {
      let gradient = worker.gradients.values(of: slice)
      let worst = zip(gradient, sums[slice.name]!).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(worst < 1e-6, "\(slice.name)")
    }
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
