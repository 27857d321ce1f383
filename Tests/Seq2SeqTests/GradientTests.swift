import Testing

@testable import Seq2Seq

@Suite("Gradients against finite differences")
struct GradientTests {
  /// A model with random weights, and sentences of unequal lengths.
  private func replica(layers: Int, hidden: Int, embedding: Int) -> Replica {
    let network = EncoderDecoder(
      ModelShape(
        layerCount: layers, hiddenSize: hidden, embeddingSize: embedding, sourceVocabularySize: 7,
        targetVocabularySize: 6))
    let parameters = Parameters(layout: network.layout)
    parameters.initializeUniformly(range: 0.5, seed: 3)
    return Replica(network, parameters: parameters)
  }

  private let pairs = [
    SentencePair(source: [2, 3, 4], target: [2]),
    SentencePair(source: [], target: [3, 4, 5, 2]),
    SentencePair(source: [5], target: []),
    SentencePair(source: [6, 6], target: [1, 3]),
  ]

  @Test("every parameter", arguments: [(1, 9, 3), (2, 4, 8), (3, 3, 2)])
  func finiteDifferences(layers: Int, hidden: Int, embedding: Int) throws {
    let replica = replica(layers: layers, hidden: hidden, embedding: embedding)
    let batch = WholeBatch(pairs, reverseSource: true)
    _ = try replica.forward(batch)
    try replica.backward()
    let step: Float = 1e-2
    for slice in replica.network.layout.all {
      let gradient = replica.gradients.values(of: slice)
      let values = replica.parameters.pointer(slice)
      // Along one random direction a parameter: errors of single numbers cannot cancel in all.
      let generator = CounterBasedGenerator(seed: 9, stream: slice.name)
      let direction = (0..<slice.count).map {
        generator.uniform(at: UInt64($0), in: -1...1) / Float(slice.count).squareRoot()
      }
      func loss(_ distance: Float) throws -> Double {
        for index in direction.indices { values[index] += distance * direction[index] }
        defer { for index in direction.indices { values[index] -= distance * direction[index] } }
        return try replica.evaluate(batch) / Double(pairs.count)
      }
      let expected = (try loss(step) - loss(-step)) / Double(2 * step)
      let found = zip(gradient, direction).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(found - expected) < 2e-3 * max(1, abs(expected)), "\(slice.name)")
    }
  }

  @Test("a batch has the gradient of its sentences one by one")
  func batchEqualsSentences() throws {
    let replica = replica(layers: 2, hidden: 5, embedding: 4)
    var sums: [String: [Float]] = [:]
    var loss = 0.0
    for pair in pairs {
      loss += try replica.forward(WholeBatch([pair], reverseSource: true))
      try replica.backward()
      for slice in replica.network.layout.all {
        let gradient = replica.gradients.values(of: slice).map { $0 / Float(pairs.count) }
        sums[slice.name] = zip(sums[slice.name] ?? gradient.map { _ in 0 }, gradient).map(+)
      }
    }
    let whole = try replica.forward(WholeBatch(pairs, reverseSource: true))
    try replica.backward()
    #expect(abs(whole - loss) < 1e-5 * loss)
    for slice in replica.network.layout.all {
      let gradient = replica.gradients.values(of: slice)
      let worst = zip(gradient, sums[slice.name]!).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
      #expect(worst < 1e-6, "\(slice.name)")
    }
  }

  @Test("a replica without sentences has the gradient zero")
  func emptyShare() throws {
    let replica = replica(layers: 2, hidden: 5, embedding: 4)
    #expect(try replica.forward(WholeBatch(pairs, reverseSource: true)) > 0)
    try replica.backward()
    let empty = WholeBatch([], reverseSource: true)
    #expect(try replica.forward(empty) == 0)
    try replica.backward()
    let dense = 0..<replica.gradients.dense.count
    #expect(replica.gradients.sumOfSquares(dense: dense) == 0)
    #expect(replica.gradients.tables.allSatisfy { $0.rows.isEmpty })
  }
}
