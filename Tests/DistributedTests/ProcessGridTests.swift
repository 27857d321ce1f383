import Testing

@testable import Distributed

@Suite("Process grid")
struct ProcessGridTests {
  private func grid(
    _ ranks: Int, data: Int? = nil, layers: Int = 1, softmax: ProcessGrid.Softmax = .onLastStage,
    modelLayers: Int = 4
  ) throws -> ProcessGrid {
    try ProcessGrid(
      ranks: ranks, data: data, layers: layers, softmax: softmax, modelLayers: modelLayers)
  }

  @Test("data is what is left of the ranks")
  func replicas() throws {
    #expect(try grid(8).data == 8)
    #expect(try grid(8, layers: 4).data == 2)
    #expect(try grid(8, layers: 2, softmax: .dedicated(2)).data == 2)
    #expect(try grid(6, layers: 3, softmax: .sharded).data == 2)
  }

  @Test("the paper's machine is one replica of four stages and four softmax ranks")
  func paper() throws {
    let grid = try grid(8, data: 1, layers: 4, softmax: .dedicated(4))
    #expect(grid.replicaSize == 8)
    #expect(grid.coordinate(ofRank: 3) == .init(replica: 0, role: .stage(3)))
    #expect(grid.coordinate(ofRank: 4) == .init(replica: 0, role: .softmax(0)))
    #expect(
      grid.vocabularyRanges(vocabularySize: 80_001)
        == [0..<20_001, 20_001..<40_001, 40_001..<60_001, 60_001..<80_001])
  }

  @Test("every rank has one coordinate, and every coordinate one rank")
  func bijection() throws {
    for (ranks, layers, softmax) in [(12, 2, 2), (12, 4, 0), (9, 1, 2), (1, 1, 0), (12, 3, 3)] {
      let grid = try grid(
        ranks, layers: layers, softmax: softmax == 0 ? .onLastStage : .dedicated(softmax))
      for rank in 0..<ranks {
        let coordinate = grid.coordinate(ofRank: rank)
        #expect((0..<grid.data).contains(coordinate.replica))
        #expect(grid.rank(replica: coordinate.replica, role: coordinate.role) == rank)
      }
    }
  }

  @Test("ranks of a replica are consecutive")
  func consecutive() throws {
    let grid = try grid(8, layers: 2, softmax: .dedicated(2))
    #expect((0..<8).map { grid.coordinate(ofRank: $0).replica } == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect([2, 6].map { grid.coordinate(ofRank: $0).role } == [.softmax(0), .softmax(0)])
  }

  @Test("a sharded softmax is sliced over all ranks of the run")
  func shardedSoftmax() throws {
    let grid = try grid(4, layers: 2, softmax: .sharded)
    #expect(grid.softmaxRanks == 0)
    #expect(grid.vocabularyRanges(vocabularySize: 10) == [0..<3, 3..<6, 6..<8, 8..<10])
  }

  @Test("an impossible grid is refused with those that fit")
  func refusals() throws {
    let error = #expect(throws: GridError.self) {
      try grid(6, layers: 4, softmax: .dedicated(4))
    }
    #expect(error?.reason == "6 ranks cannot be divided into replicas of 4 + 4")
    #expect(error?.fitting.contains("1×(3+3)") == true)
    #expect(error?.fitting.contains("6×(1+0)") == true)
    #expect(throws: GridError.self) { try grid(4, data: 3) }
    #expect(throws: GridError.self) { try grid(8, layers: 8, modelLayers: 4) }
    #expect(throws: GridError.self) { try grid(4, layers: 0) }
    #expect(throws: GridError.self) { try grid(0) }
    #expect(throws: GridError.self) { try grid(4, softmax: .dedicated(0)) }
    #expect(throws: GridError.self) { try grid(4, softmax: .dedicated(.max)) }
  }
}
