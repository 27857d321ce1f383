import Foundation
import TestSupport
import Testing

@testable import Distributed

/// What every communicator promises, on groups of all sizes that the job has ranks for.
@MainActor
@Suite("Communicator", .serialized, .enabled(if: MultiRank.isActive))
struct MultiRankCommunicatorTests {
  private static let sizes = [1, 2, 3, 4, 8]

  /// Runs a test in every group, once in whole messages and once in pieces of three elements,
  /// as messages of more than 2³¹ elements are.
  private func forEachGroup(_ body: (Communicator) throws -> Void) throws {
    _ = try MultiRank.onGroups(of: Self.sizes) { group in
      try body(group)
      group.countLimit = 3
      try body(group)
    }
  }

  @Test("all-reduce gives every rank the reduction")
  func allReduce() throws {
    try forEachGroup { group in
      var values = (0..<10).map { Float($0 + group.rank) }
      try group.allReduce(&values)
      let offset = Float(group.size * (group.size - 1) / 2)
      #expect(values == (0..<10).map { Float($0 * group.size) + offset })
      #expect(try group.allReduce(group.rank, .maximum) == group.size - 1)
      #expect(try group.allReduce(Double(group.rank), .minimum) == 0)
    }
  }

  @Test("broadcast gives every rank the root's numbers")
  func broadcast() throws {
    try forEachGroup { group in
      for root in 0..<group.size {
        var values = [Int32](repeating: group.rank == root ? 7 : 0, count: 11)
        var span = values.mutableSpan
        try group.broadcast(&span, from: root)
        #expect(values == [Int32](repeating: 7, count: 11))
        let text = Array("rank \(root)".utf8)
        let received = try group.broadcast(bytes: group.rank == root ? text : [], from: root)
        #expect(received == text)
      }
    }
  }

  @Test("reduce-scatter leaves each rank its shard, also of unequal lengths")
  func reduceScatter() throws {
    try forEachGroup { group in
      let shards = (0..<13).evenShards(group.size)
      var values = (0..<13).map { Double($0) }
      var span = values.mutableSpan
      try group.reduceScatter(&span, shards: shards)
      let shard = shards[group.rank]
      #expect(Array(values[shard]) == shard.map { Double($0 * group.size) })
    }
  }

  @Test("all-gather gives every rank all shards, also empty ones")
  func allGather() throws {
    try forEachGroup { group in
      let shards = (0..<5).evenShards(group.size)
      var values = [Int](repeating: -1, count: 5)
      for index in shards[group.rank] { values[index] = index * 10 }
      var span = values.mutableSpan
      try group.allGather(&span, shards: shards)
      #expect(values == [0, 10, 20, 30, 40])
      #expect(try group.allGather(Int32(group.rank)) == (0..<Int32(group.size)).map { $0 })
    }
  }

  @Test("gathering bytes gives rank 0 all ranks' bytes, of any length")
  func gather() throws {
    try forEachGroup { group in
      func bytes(_ rank: Int) -> [UInt8] { (0..<(3 * rank) % 7).map { UInt8($0 + 10 * rank) } }
      let (own, isFirst) = (bytes(group.rank), group.rank == 0)
      let expected = isFirst ? (0..<group.size).map(bytes) : []
      let all = try group.gather(bytes: own)
      #expect(all == expected)
      group.countLimit = 3
      let inPieces = try group.gather(bytes: own)
      #expect(inPieces == expected)
      let nothing = try group.gather(bytes: [])
      #expect(nothing == [[UInt8]](repeating: [], count: isFirst ? group.size : 0))
    }
  }

  @Test("splitting orders by key, and leaves out ranks without a colour")
  func split() throws {
    try forEachGroup { group in
      let half = try group.split(color: group.rank % 2, key: -group.rank)
      #expect(half?.size == (group.size + 1 - group.rank % 2) / 2)
      #expect(half?.rank == (group.size - 1 - group.rank) / 2)
      let some = try group.split(color: group.rank == 0 ? nil : 1)
      #expect((some == nil) == (group.rank == 0))
      #expect(try group.splitByNode().size == group.size)
      #expect(try group.duplicate().rank == group.rank)
    }
  }

  @Test("what MPI refuses is thrown with the function's name")
  func errors() throws {
    try forEachGroup { group in
      var values: [Float] = [1]
      let error = #expect(throws: MPIError.self) {
        var span = values.mutableSpan
        try group.broadcast(&span, from: group.size)
      }
      #expect(error?.operation == "MPI_Ibcast")
      #expect(error?.message.isEmpty == false)
      #expect(error?.description.hasPrefix("MPI_Ibcast failed: ") == true)
    }
  }

  // Takes 3 GB per rank: asked for by hand.
  @Test(
    "messages of more than 2³¹ elements arrive whole",
    .enabled(if: ProcessInfo.processInfo.environment["SEQ2SEQ_LARGE_MESSAGES"] != nil))
  func largeMessages() throws {
    _ = try MultiRank.onGroups(of: [2]) { group in
      let count = Int(Int32.max) + 10
      var values = [UInt8](repeating: UInt8(group.rank + 1), count: count)
      try group.allReduce(&values)
      #expect(values[0] == 3 && values[count - 1] == 3)
      values[count - 1] = UInt8(group.rank)
      var span = values.mutableSpan
      try group.broadcast(&span, from: 1)
      #expect(values[count - 1] == 1)
    }
  }
}
