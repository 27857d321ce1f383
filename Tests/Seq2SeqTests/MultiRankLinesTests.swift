import Distributed
import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

/// Lines that ranks share.
extension MultiRankTrainingTests {
  @Test("numbers of lines arrive bit for bit, each at its line")
  func numbersOfLines() throws {
    func work(_ lines: [String]) -> [Float] {
      lines.flatMap { [Float(bitPattern: UInt32($0.utf8.count)), Float($0) ?? -1, .nan, -0.0] }
    }
    for count in [0, 1, 33, 300] {
      let lines = (0..<count).map { String(repeating: "0", count: $0 * 7 % 40) + "\($0)" }
      let results = try MultiRank.onGroups(of: [1, 2, 3, 8]) { group in
        try DistributedLines(over: group).mapNumbers(
          group.rank == 0 ? lines : [], width: 4, work)
      }
      for (_, result) in results {
        #expect(result.count == count)
        let expected = MultiRank.world.rank == 0 ? work(lines) : []
        #expect(result.numbers.map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
  }
}
