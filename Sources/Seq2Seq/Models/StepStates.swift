/// The states of the hypotheses of a search, one per row, layer by layer.
final class StepStates {
  private let shape: StackShape
  private var storages: [(current: RecurrentStateStorage, next: RecurrentStateStorage)]
  private var rows: Int

  /// Zeros.
  init(of stack: LayerStack, rows: Int) {
    (shape, self.rows) = (stack.shape, rows)
    storages = stack.layers.map { _ in (RecurrentStateStorage(), RecurrentStateStorage()) }
    for state in current { state.assign(nil) }
  }

  /// Each layer's state, from the bottom up.
  var current: [RecurrentState] { storages.map { $0.current.state(rows: rows, of: shape) } }

  /// Makes row i what row `parents[i]` was.
  func select(_ parents: [Int]) {
    for (index, old) in current.enumerated() {
      let new = storages[index].next.state(rows: parents.count, of: shape)
      for (row, parent) in parents.enumerated() { new.copy(row, from: old, row: parent) }
      storages[index] = (storages[index].next, storages[index].current)
    }
    rows = parents.count
  }
}
