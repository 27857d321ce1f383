/// The states of the hypotheses of a search, one per row, layer by layer.
final class StepStates {
  private let shape: StackShape
  private var storages: [(current: RecurrentStateStorage, next: RecurrentStateStorage)]
  private var count = 0

  /// No hypotheses.
  init(of stack: LayerStack) {
    shape = stack.shape
    storages = stack.layers.map { _ in (RecurrentStateStorage(), RecurrentStateStorage()) }
  }

  /// Each layer's state of some rows, from the bottom up.
  func rows(_ rows: Range<Int>) -> [RecurrentState] {
    storages.map { $0.current.state(rows: count, of: shape)[rows: rows] }
  }

  /// Makes row i what row `parents[i]` was.
  func select(_ parents: [Int]) { select(parents, adding: 0) }

  /// Adds rows after those that are there.
  ///
  /// - Returns: each layer's state of these rows, from the bottom up; its numbers are undefined.
  func add(_ rows: Int) -> [RecurrentState] {
    let first = count
    select(Array(0..<first), adding: rows)
    return self.rows(first..<first + rows)
  }

  private func select(_ parents: [Int], adding new: Int) {
    for index in storages.indices {
      let old = storages[index].current.state(rows: count, of: shape)
      let next = storages[index].next.state(rows: parents.count + new, of: shape)
      for (row, parent) in parents.enumerated() { next.copy(row, from: old, row: parent) }
      storages[index] = (storages[index].next, storages[index].current)
    }
    count = parents.count + new
  }
}
