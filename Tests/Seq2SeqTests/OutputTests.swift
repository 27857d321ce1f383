import Testing

@testable import Seq2Seq

@Suite("Output layer")
struct OutputTests {
  // More rows than a block has, more symbols than a tile has, and one of each.
  @Test(
    "many tiles, blocks and slices give what the definition gives",
    arguments: [(1, 1030, false), (300, 1030, true), (1100, 300, false), (1100, 300, true)])
  func definition(rows: Int, vocabularySize: Int, isSparse: Bool) throws {
    let check = SoftmaxCheck(
      rows: rows, vocabularySize: vocabularySize, inputSize: 3, isSparse: isSparse)
    let exact = check.formula
    for slices in [1, 3] {
      let found = try check.pass(slices: slices)
      expectClose(found.outputs, exact.outputs, "\(slices) slices")
      expectClose(found.gradients, exact.gradients, "\(slices) slices")
    }
  }
}
