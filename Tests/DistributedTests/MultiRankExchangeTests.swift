import TestSupport
import Testing

@testable import Distributed

// Within that suite, so that all ranks run all tests in one order.
extension MultiRankCommunicatorTests {
  /// Sums of gradients over ranks, in shared memory, between nodes, and with plain MPI.
  @MainActor
  @Suite("Gradient exchange")
  struct ExchangeTests {
    /// How the ranks of a group are laid out.
    enum Layout: String, CaseIterable, Sendable {
      case oneNode, nodesOfTwo, unevenNodes, separate

      /// The peers of a group whose ranks lie on nodes in this way.
      @MainActor
      func peers(_ group: Communicator) throws -> Peers {
        switch self {
        case .oneNode: return try Peers(group)
        case .nodesOfTwo: return try Peers(group, node: group.split(color: group.rank / 2))
        case .unevenNodes: return try Peers(group, node: group.split(color: min(group.rank, 1)))
        case .separate: return try Peers(group, exchange: .mpi)
        }
      }
    }

    private func forEachGroup(_ body: (Communicator) throws -> Void) throws {
      _ = try MultiRank.onGroups(of: [1, 2, 3, 4, 5, 8], body)
    }

    @Test("dense gradients: every shard is summed by its owner", arguments: Layout.allCases)
    func dense(layout: Layout) throws {
      try forEachGroup { group in
        let peers = try layout.peers(group)
        // The middle is this rank's alone; a bucket is smaller than a cache line, another empty.
        let buckets = [0..<70, 70..<75, 90..<90, 90..<191]
        let exchange = try GradientExchange(count: 200, buckets: buckets, over: peers)
        for round in 0..<3 {
          for index in 0..<200 {
            exchange.gradients[index] = Float(index * (group.rank + 1) + round)
          }
          for bucket in buckets.indices {
            try exchange.bucketReady(bucket)
            exchange.progress()
          }
          try exchange.finish()
          let ranks = group.size
          for range in exchange.owned {
            for index in range {
              #expect(
                exchange.gradients[index] == Float(index * ranks * (ranks + 1) / 2 + round * ranks))
            }
          }
          for index in 75..<90 {
            #expect(exchange.gradients[index] == Float(index * (group.rank + 1) + round))
          }
          // Together the owners of a node have everything, once.
          var owners = [Int32](repeating: 0, count: 200)
          for range in exchange.owned { for index in range { owners[index] += 1 } }
          try peers.node.allReduce(&owners)
          #expect(
            owners == (0..<200).map { ($0 < 75 || $0 >= 90) && $0 < 191 ? 1 : 0 })
          try exchange.publish()
        }
      }
    }

    @Test(
      "a bucket that is missing, announced twice or unknown is an error, and changes no sum",
      arguments: Layout.allCases)
    func contract(layout: Layout) throws {
      try forEachGroup { group in
        let exchange = try GradientExchange(
          count: 120, buckets: [0..<40, 40..<80, 80..<120], over: layout.peers(group))
        for _ in 0..<2 {
          exchange.gradients.update(repeating: Float(group.rank + 1))
          try exchange.bucketReady(0)
          #expect(throws: BucketError.twice(bucket: 0)) { try exchange.bucketReady(0) }
          #expect(throws: BucketError.unknown(bucket: 3, bucketCount: 3)) {
            try exchange.bucketReady(3)
          }
          try exchange.bucketReady(2)
          #expect(throws: BucketError.missing(buckets: [1])) { try exchange.awaitNode() }
          #expect(throws: BucketError.missing(buckets: [1])) { try exchange.finish() }
          try exchange.bucketReady(1)
          #expect(throws: BucketError.twice(bucket: 2)) { try exchange.bucketReady(2) }
          try exchange.finish()
          let sum = Float(group.size * (group.size + 1) / 2)
          #expect(exchange.owned.joined().allSatisfy { exchange.gradients[$0] == sum })
          #expect(throws: BucketError.missing(buckets: [0, 1, 2])) { try exchange.finish() }
          try exchange.publish()
        }
      }
    }

    @Test("ranks may announce their buckets in any order", arguments: Layout.allCases)
    func anyOrder(layout: Layout) throws {
      try forEachGroup { group in
        let buckets = (0..<160).evenShards(5)
        let exchange = try GradientExchange(
          count: 160, buckets: buckets, over: layout.peers(group))
        exchange.gradients.update(repeating: .nan)
        for step in buckets.indices {
          let bucket = (step + group.rank) % buckets.count
          for index in buckets[bucket] {
            exchange.gradients[index] = Float(index * (group.rank + 1))
          }
          try exchange.bucketReady(bucket)
        }
        try exchange.finish()
        let ranks = group.size
        for index in exchange.owned.joined() {
          #expect(exchange.gradients[index] == Float(index * ranks * (ranks + 1) / 2))
        }
        try exchange.publish()
      }
    }

    @Test("buckets that overlap or go beyond the gradients are refused")
    func buckets() throws {
      try forEachGroup { group in
        let peers = try Peers(group)
        #expect(throws: BucketError.overlapping(0, 1)) {
          _ = try GradientExchange(count: 9, buckets: [0..<5, 4..<9], over: peers)
        }
        #expect(throws: BucketError.outside(bucket: 1, gradientCount: 9)) {
          _ = try GradientExchange(count: 9, buckets: [0..<5, 5..<10], over: peers)
        }
      }
    }

    @Test("sums in shared memory have a fixed order")
    func order() throws {
      try forEachGroup { group in
        let exchange = try GradientExchange(count: 1, buckets: [0..<1], over: Peers(group))
        // In float32 this sum depends on its order.
        let terms: [Float] = [1e8, 3, -1e8, 7, 1e-3, 5, 1e7, -2]
        exchange.gradients[0] = terms[group.rank]
        try exchange.bucketReady(0)
        try exchange.finish()
        if exchange.owned[0].count == 1 {
          #expect(exchange.gradients[0] == terms[1..<group.size].reduce(terms[0], +))
        }
        try exchange.publish()
      }
    }

    @Test("rows are joined by row, and added in the order of ranks", arguments: Layout.allCases)
    func rows(layout: Layout) throws {
      try forEachGroup { group in
        let peers = try layout.peers(group)
        let exchange = try RowExchange(width: 2, over: peers)
        for round in 1...3 {
          // Rank r touches rows r … r + round; the memory has to grow. Every third rank has none.
          func touched(_ rank: Int) -> [Int32] {
            rank % 3 == 2 ? [] : (0...Int32(round)).map { Int32(rank) + $0 }
          }
          func values(_ rank: Int) -> [Float] {
            touched(rank).flatMap { [Float($0) + Float(100 * rank), Float(round)] }
          }
          let own = values(group.rank)
          try own.withUnsafeBufferPointer {
            try exchange.sum(rows: touched(group.rank), values: $0)
          }
          var expected: [Int32: [Float]] = [:]
          for rank in 0..<group.size {
            for (index, row) in touched(rank).enumerated() where peers.owns(row: Int(row)) {
              expected[row, default: [0, 0]][0] += values(rank)[2 * index]
              expected[row, default: [0, 0]][1] += values(rank)[2 * index + 1]
            }
          }
          #expect(exchange.sums.rows == expected.keys.sorted())
          #expect(exchange.sums.values == expected.keys.sorted().flatMap { expected[$0]! })
          try group.barrier()
        }
      }
    }

    @Test("all ranks of a node see what one writes")
    func sharedMemory() throws {
      try forEachGroup { group in
        let memory = try SharedMemory<Int32>(count: group.rank + 1, over: group)
        #expect(memory.regions.map(\.count) == (0..<group.size).map { $0 + 1 })
        #expect(memory.own.allSatisfy { $0 == 0 })
        for index in memory.own.indices { memory.own[index] = Int32(100 * group.rank + index) }
        try group.barrier()
        for (rank, region) in memory.regions.enumerated() {
          #expect(Array(region) == (0...rank).map { Int32(100 * rank + $0) })
        }
        try group.barrier()
        try memory.free()
      }
    }

    @Test("a node with too little shared memory says so on every rank")
    func shortage() throws {
      _ = try MultiRank.onGroups(of: [2, 3]) { group in
        let error = #expect(throws: SharedMemoryError.self) {
          _ = try SharedMemory<Float>(count: 1 << 44, over: group)
        }
        #expect(error?.description.contains("parallel.exchange: mpi") == true)
      }
    }
  }
}
