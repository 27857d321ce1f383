import TestSupport
import Testing

@testable import Distributed

// Within that suite, so that all ranks run all tests in one order.
extension MultiRankCommunicatorTests {
  /// Messages from rank to rank.
  @MainActor
  @Suite("Transfers")
  struct TransfersTests {
    /// Numbers in memory whose address does not change.
    private final class Numbers {
      let memory: UnsafeMutableBufferPointer<Float>

      init(_ values: [Float]) {
        memory = .allocate(capacity: values.count)
        _ = memory.initialize(fromContentsOf: values)
      }

      deinit { memory.deallocate() }

      var array: [Float] { Array(memory) }
    }

    /// Runs a test in every group, once in whole messages and once in pieces of three elements.
    private func forEachGroup(_ body: (Communicator) throws -> Void) throws {
      _ = try MultiRank.onGroups(of: [1, 2, 3, 4, 8]) { group in
        try body(group)
        group.countLimit = 3
        try body(group)
      }
    }

    /// What `rank` sends as its `index`th message: none of them is like another one.
    private func message(_ index: Int, from rank: Int, count: Int = 7) -> [Float] {
      (0..<count).map { Float($0 + 100 * index + 10_000 * rank) }
    }

    @Test("messages go round a ring, in the order in which they were sent, in every step")
    func ring() throws {
      try forEachGroup { group in
        let transfers = Transfers(over: group)
        let next = (group.rank + 1) % group.size
        let previous = (group.rank + group.size - 1) % group.size
        let counts = [7, 3, 0, 10]
        for step in 0..<3 {
          let received = counts.map { Numbers([Float](repeating: -1, count: $0)) }
          let sent = counts.enumerated().map {
            Numbers(message($0 + 10 * step, from: group.rank, count: $1))
          }
          let incoming = try received.map {
            try transfers.receive(into: $0.memory, from: previous, tag: 1)
          }
          for numbers in sent {
            try transfers.send(UnsafeBufferPointer(numbers.memory), to: next, tag: 1)
          }
          // In another order than they come.
          for index in counts.indices.reversed() {
            try transfers.wait(for: incoming[index])
            #expect(
              received[index].array
                == message(index + 10 * step, from: previous, count: counts[index]))
          }
          try transfers.finish()
          for (index, numbers) in sent.enumerated() {
            #expect(
              numbers.array == message(index + 10 * step, from: group.rank, count: counts[index]))
          }
        }
      }
    }

    @Test("messages are told apart by sender and tag, and finish() waits for all of them")
    func senders() throws {
      try forEachGroup { group in
        let transfers = Transfers(over: group)
        let ranks = 0..<group.size
        let received = ranks.map { _ in (0..<2).map { _ in Numbers([0, 0, 0, 0, 0]) } }
        let sent = (0..<2).map { Numbers(message($0, from: group.rank, count: 5)) }
        for rank in ranks.reversed() {
          for tag in [1, 0] {
            _ = try transfers.receive(into: received[rank][tag].memory, from: rank, tag: tag)
          }
        }
        for rank in ranks {
          for tag in 0..<2 {
            try transfers.send(UnsafeBufferPointer(sent[tag].memory), to: rank, tag: tag)
          }
        }
        try transfers.finish()
        for rank in ranks {
          for tag in 0..<2 {
            #expect(received[rank][tag].array == message(tag, from: rank, count: 5))
          }
        }
      }
    }

    @Test("what MPI refuses is thrown with the function's name")
    func errors() throws {
      try forEachGroup { group in
        let transfers = Transfers(over: group)
        let numbers = Numbers([1])
        let sending = #expect(throws: MPIError.self) {
          try transfers.send(UnsafeBufferPointer(numbers.memory), to: group.size, tag: 0)
        }
        #expect(sending?.operation == "MPI_Isend")
        #expect(sending?.message.isEmpty == false)
        let receiving = #expect(throws: MPIError.self) {
          _ = try transfers.receive(into: numbers.memory, from: group.size, tag: 0)
        }
        #expect(receiving?.operation == "MPI_Irecv")
        // What was refused is not waited for.
        try transfers.finish()
      }
    }
  }
}
