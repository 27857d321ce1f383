/// Is told how far a backward pass has come, so that sums over ranks can begin before it ends.
protocol BackwardObserver {
  /// The gradients of these dense parameters are complete.
  func didComplete(_ range: Range<Int>) throws
}

/// Nobody waits for gradients.
struct NoObserver: BackwardObserver {
  func didComplete(_ range: Range<Int>) {}
}
