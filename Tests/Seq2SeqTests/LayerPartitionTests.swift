import Distributed
import Testing

@testable import Seq2Seq

@Suite("Layer partition")
struct LayerPartitionTests {
  @Test("the slowest part is as fast as it can be")
  func balanced() {
    #expect(LayerPartition.balanced([1, 1, 1, 1], stages: 1) == [0..<4])
    #expect(LayerPartition.balanced([1, 1, 1, 1], stages: 4) == [0..<1, 1..<2, 2..<3, 3..<4])
    #expect(LayerPartition.balanced([1, 1, 1, 1], stages: 2) == [0..<2, 2..<4])
    #expect(LayerPartition.balanced([1, 1, 1, 5], stages: 2) == [0..<3, 3..<4])
    #expect(LayerPartition.balanced([3, 1, 1, 1], stages: 3) == [0..<1, 1..<2, 2..<4])
  }

  @Test("a whole softmax on the last stage takes layers from it")
  func outputCost() {
    var shape = EncoderDecoderShape(
      layerCount: 4, hiddenSize: 10, embeddingSize: 10,
      vocabularies: VocabularySizes(source: 5, target: 5))
    #expect(
      LayerPartition.ranges(of: shape.plan, stages: 2, outputOnLastStage: true) == [0..<2, 2..<4])
    shape.vocabularies.target = 1000
    #expect(
      LayerPartition.ranges(of: shape.plan, stages: 2, outputOnLastStage: true) == [0..<3, 3..<4])
    #expect(
      LayerPartition.ranges(of: shape.plan, stages: 2, outputOnLastStage: false) == [0..<2, 2..<4])
  }
}

@Suite("Speed-up estimate")
struct SpeedupEstimateTests {
  private let shape = EncoderDecoderShape(
    layerCount: 4, hiddenSize: 100, embeddingSize: 100,
    vocabularies: VocabularySizes(source: 5, target: 6400))

  private func speedup(
    _ ranks: Int, layers: Int, _ softmax: ProcessGrid.Softmax, chunkSteps: Int = 1
  ) throws -> Double {
    let grid = try ProcessGrid(
      ranks: ranks, data: nil, layers: layers, softmax: softmax, modelLayers: 4)
    return SpeedupEstimate.speedup(of: grid, plan: shape.plan, length: 50, chunkSteps: chunkSteps)
  }

  @Test("replicas share all the work, and so do the slices of a sharded softmax")
  func data() throws {
    #expect(abs(try speedup(1, layers: 1, .onLastStage) - 1) < 1e-9)
    #expect(abs(try speedup(3, layers: 1, .onLastStage) - 3) < 1e-9)
    #expect(abs(try speedup(3, layers: 1, .sharded) - 3) < 1e-9)
  }

  @Test("a pipeline is as fast as its slowest stage, less the time to fill")
  func pipeline() throws {
    // Layers and softmax cost the same here: 2 · 4 · 100 · 200 each, four times, and 6400 · 100.
    #expect(abs(try speedup(8, layers: 4, .dedicated(4)) - 8 / 1.03) < 1e-9)
    #expect(abs(try speedup(8, layers: 4, .dedicated(4), chunkSteps: 10) - 8 / 1.3) < 1e-9)
    #expect(abs(try speedup(5, layers: 4, .dedicated(1)) - 2 / 1.03) < 1e-9)
  }
}
