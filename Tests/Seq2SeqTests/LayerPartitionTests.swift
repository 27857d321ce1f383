import Testing

@testable import Seq2Seq

@Suite("Layer partition")
struct LayerPartitionTests {
  @Test("the slowest part is as fast as it can be")
  func balanced() {
    #expect(LayerPartition.balanced([1, 1, 1, 1], parts: 1) == [0..<4])
    #expect(LayerPartition.balanced([1, 1, 1, 1], parts: 4) == [0..<1, 1..<2, 2..<3, 3..<4])
    #expect(LayerPartition.balanced([1, 1, 1, 1], parts: 2) == [0..<2, 2..<4])
    #expect(LayerPartition.balanced([1, 1, 1, 5], parts: 2) == [0..<3, 3..<4])
    #expect(LayerPartition.balanced([3, 1, 1, 1], parts: 3) == [0..<1, 1..<2, 2..<4])
  }

  @Test("a whole softmax on the last stage takes layers from it")
  func outputCost() {
    var shape = ModelShape(
      layerCount: 4, hiddenSize: 10, embeddingSize: 10, sourceVocabularySize: 5,
      targetVocabularySize: 5)
    #expect(LayerPartition.ranges(of: shape, stages: 2, outputOnLastStage: true) == [0..<2, 2..<4])
    shape.targetVocabularySize = 1000
    #expect(LayerPartition.ranges(of: shape, stages: 2, outputOnLastStage: true) == [0..<3, 3..<4])
    #expect(
      LayerPartition.ranges(of: shape, stages: 2, outputOnLastStage: false) == [0..<2, 2..<4])
  }
}
