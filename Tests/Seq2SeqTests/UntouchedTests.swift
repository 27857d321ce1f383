import Testing

@testable import Seq2Seq

@Suite("What a minibatch does not touch")
struct UntouchedTests {
  /// A model that leaves its layers out where a minibatch has a single sentence: none of the models here does,
  /// but a model may, and the gradients of the step before lie where it would have written.
  private struct Skipping: Model {
    let inner: EncoderDecoder
    var plan: ModelPlan { inner.plan }
    var part: ModelPart { inner.part }
    var layout: ParameterLayout { inner.layout }
    var output: SoftmaxOutput? { inner.output }
    var gradientBuckets: [Range<Int>] { inner.gradientBuckets }

    func makeCache(poll: @escaping () -> Void) -> EncoderDecoder.Cache {
      inner.makeCache(poll: poll)
    }
    func forward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws -> TopRows? {
      try inner.forward(batch, in: context, cache: cache)
    }
    func backward(_ batch: LocalBatch, in context: PassContext, cache: Cache) throws {
      guard batch.sentenceCount == 1 else {
        return try inner.backward(batch, in: context, cache: cache)
      }
      for bucket in gradientBuckets.dropFirst() { try context.gradientsReady(bucket) }
    }
    func activationCount(of batch: BatchExtent) -> Double { inner.activationCount(of: batch) }
    var packedWeightCount: Double { inner.packedWeightCount }
    func makeDecoder(_ parameters: Parameters) -> any ModelDecoder {
      inner.makeDecoder(parameters)
    }
  }

  @Test("layers that a minibatch leaves out have the gradient zero, not that of the step before")
  func skippedLayers() throws {
    let model = Skipping(
      inner: EncoderDecoder(
        EncoderDecoderShape(
          layerCount: 2, hiddenSize: 5, embeddingSize: 4,
          vocabularies: VocabularySizes(source: 7, target: 6))))
    let parameters = Parameters(layout: model.layout)
    parameters.initializeUniformly(range: 1, seed: 3)
    let worker = Worker(model, parameters: parameters)
    let pairs = [
      SentencePair(source: [2, 3, 4], target: [2]), SentencePair(source: [5], target: [3, 4]),
    ]
    func step(_ pairs: [SentencePair]) throws -> [String: Float] {
      _ = try worker.forward(Minibatch(pairs, reverseSource: true))
      try worker.backward()
      return model.layout.all.reduce(into: [:]) { largest, slice in
        largest[slice.name] = worker.gradients.values(of: slice).map(abs).max()
      }
    }
    #expect(try step(pairs).values.allSatisfy { $0 > 1e-4 })
    for (name, largest) in try step([pairs[0]]) {
      #expect(name.hasPrefix("decoder.output") ? largest > 1e-4 : largest == 0, "\(name)")
    }
  }

  @Test("zeros are filled in where nothing was added, and nowhere else")
  func zeroUntouched() {
    var layout = ParameterLayout()
    let slices = [
      layout.addMatrix("a", rows: 2, columns: 2), layout.addVector("b", count: 2),
      layout.addMatrix("c", rows: 2, columns: 2), layout.addMatrix("d", rows: 1, columns: 3),
    ]
    let gradients = Gradients(layout: layout)
    func addOne(to slice: ParameterSlice) {
      let (matrix, holdsValues) = gradients.accumulator(for: slice)
      for index in 0..<slice.count {
        matrix.base[index] = (holdsValues ? matrix.base[index] : 0) + 1
      }
    }
    for slice in slices where !slice.isVector { addOne(to: slice) }
    gradients.pointer(slices[1]).update(repeating: 1, count: 2)
    gradients.clear()
    addOne(to: slices[2])
    addOne(to: slices[2])
    gradients.zeroUntouched(in: slices[0].offset..<slices[2].range.upperBound)
    let found = slices.map { gradients.values(of: $0) }
    // d is of another bucket, which is not complete.
    #expect(found == [[0, 0, 0, 0], [0, 0], [2, 2, 2, 2], [1, 1, 1]])
    gradients.zeroUntouched(in: 0..<layout.denseCount)
    #expect(gradients.values(of: slices[3]) == [0, 0, 0])
    #expect(gradients.values(of: slices[2]) == [2, 2, 2, 2])
  }
}
