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

  @Test("reduce-scatter leaves each rank its part, also of unequal lengths")
  func reduceScatter() throws {
    try forEachGroup { group in
      let parts = ProcessGrid.evenRanges(of: 13, parts: group.size)
      var values = (0..<13).map { Double($0) }
      var span = values.mutableSpan
      try group.reduceScatter(&span, parts: parts)
      let part = parts[group.rank]
      #expect(Array(values[part]) == part.map { Double($0 * group.size) })
    }
  }

  @Test("all-gather gives every rank all parts, also empty ones")
  func allGather() throws {
    try forEachGroup { group in
      let parts = ProcessGrid.evenRanges(of: 5, parts: group.size)
      var values = [Int](repeating: -1, count: 5)
      for index in parts[group.rank] { values[index] = index * 10 }
      var span = values.mutableSpan
      try group.allGather(&span, parts: parts)
      #expect(values == [0, 10, 20, 30, 40])
      #expect(try group.allGather(Int32(group.rank)) == (0..<Int32(group.size)).map { $0 })
    }
  }

  @Test("messages go round a ring, blocking and not")
  func pointToPoint() throws {
    try forEachGroup { group in
      let next = (group.rank + 1) % group.size
      let previous = (group.rank + group.size - 1) % group.size
      let numbers = (0..<7).map { Float($0 + 100 * group.rank) }
      let expected = (0..<7).map { Float($0 + 100 * previous) }

      let incoming = try group.startReceive(
        into: Buffer<Float>(count: 7), from: previous, tag: 1)
      let outgoing = try group.startSend(Buffer(numbers), to: next, tag: 1)
      let received = try incoming.wait()
      let sent = try outgoing.wait()
      #expect(received.array == expected)
      #expect(sent.array == numbers)

      guard group.size > 1 else { return }
      var values = [Float](repeating: 0, count: 7)
      var span = values.mutableSpan
      if group.rank == 0 {
        try group.send(numbers.span, to: next)
        try group.receive(into: &span, from: previous)
      } else {
        try group.receive(into: &span, from: previous)
        try group.send(numbers.span, to: next)
      }
      #expect(values == expected)
    }
  }

  @Test("non-blocking collectives hand their buffer back")
  func nonBlockingCollectives() throws {
    try forEachGroup { group in
      var sum = try group.startAllReduce(Buffer((0..<8).map { Double($0) }))
      while try !sum.isComplete() {}
      let result = try sum.wait()
      #expect(result.array == (0..<8).map { Double($0 * group.size) })
      let copy = try group.startBroadcast(
        Buffer([Int32](repeating: Int32(group.rank), count: 4)), from: group.size - 1)
      let received = try copy.wait()
      #expect(received.array == [Int32](repeating: Int32(group.size - 1), count: 4))
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
      let error = #expect(throws: MPIError.self) {
        try group.send([Float(1)].span, to: group.size)
      }
      #expect(error?.operation == "MPI_Send")
      #expect(error?.message.isEmpty == false)
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
