import Testing

@testable import Seq2Seq

@Suite("Agreement with PyTorch")
struct TorchReferenceTests {
  @Test("log-probabilities", arguments: TorchFixture.names + TorchFixture.languageModels)
  func logProbabilities(name: String) throws {
    let fixture = try TorchFixture(name)
    for batch in fixture.batchNames {
      let scores = try Scorer(Ensemble(fixture.model)).score(fixture.pairs(batch))
      let expected = try fixture.expected.values("\(batch)/logProbability")
      for (score, exact) in zip(scores, expected) {
        #expect(abs(score.logProbability - Double(exact)) < 1e-5 * Double(abs(exact)), "\(batch)")
      }
    }
  }

  @Test(
    "gradients of every parameter", arguments: TorchFixture.names + TorchFixture.languageModels)
  func gradients(name: String) throws {
    let fixture = try TorchFixture(name)
    let worker = Worker(fixture.model.network, parameters: fixture.model.parameters)
    for batch in fixture.batchNames {
      let pairs = fixture.pairs(batch)
      _ = try worker.forward(Minibatch(pairs, reverseSource: true))
      try worker.backward()
      for slice in worker.model.layout.all {
        let exact = try fixture.expected.values("\(batch)/gradient/\(slice.name)")
        // The loss is a mean over sentences, that of the fixture their sum.
        let found = worker.gradients.values(of: slice).map { $0 * Float(pairs.count) }
        #expect(found.count == exact.count)
        let scale = exact.reduce(1e-3) { max($0, abs($1)) }
        let worst = zip(found, exact).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(worst < 1e-5 * scale, "\(batch), \(slice.name)")
      }
    }
  }
}

extension Gradients {
  /// The gradient of any parameter as a full matrix.
  func values(of slice: ParameterSlice) -> [Float] {
    guard let index = layout.tables.firstIndex(of: slice) else {
      return Array(UnsafeBufferPointer(start: pointer(slice), count: slice.count))
    }
    var full = [Float](repeating: 0, count: slice.count)
    for (position, row) in tables[index].rows.enumerated() {
      for column in 0..<slice.columns {
        full[Int(row) * slice.columns + column] = tables[index].values[position, column]
      }
    }
    return full
  }
}
