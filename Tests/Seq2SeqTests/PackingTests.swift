import Testing

@testable import Seq2Seq

@Suite("Packing")
struct PackingTests {
  @Test(
    "rows are those of the sequences that are still running",
    arguments: [[], [0, 0], [1], [3, 3], [5, 3, 3, 1, 0], [2, 1, 1, 1]])
  func definition(lengths: [Int]) {
    let packing = Packing(descendingLengths: lengths)
    let steps = lengths.max() ?? 0
    #expect(packing.sequenceCount == lengths.count)
    #expect(packing.stepCount == steps)
    #expect(packing.rowCount == lengths.reduce(0, +))
    var rows = 0
    for step in 0..<steps {
      let running = lengths.filter { $0 > step }.count
      #expect(packing.activeCount(step) == running)
      #expect(packing.offset(step) == rows)
      #expect(packing.rows(step..<step + 1) == rows..<rows + running)
      #expect(packing.rows(0..<step) == 0..<rows)
      rows += running
    }
    #expect(packing.offset(steps) == rows)
    #expect(packing.activeCount(steps) == 0)
  }

  @Test("every symbol is in the row of its sentence and step")
  func symbols() {
    let packed = PackedSymbols([[1], [2, 3, 4], [], [5, 6, 7], [8, 9]])
    #expect(packed.order == [1, 3, 4, 0, 2])
    #expect(packed.symbols == [2, 5, 8, 1, 3, 6, 9, 4, 7])
  }
}
