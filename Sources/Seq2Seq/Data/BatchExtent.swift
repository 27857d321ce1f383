/// How much a minibatch, or a sequence of it, holds: what its memory is counted from.
struct BatchExtent: Sendable, Equatable {
  /// Source and target symbols, `<eos>` too.
  var symbols = 0
  /// Pairs of a target symbol and a source word of its sentence: weights of attention.
  var targetsBySources = 0
  /// Pairs of two source words of a sentence: weights of self-attention.
  var sourcesBySources = 0

  /// Holds so many symbols that nothing attends to, or nothing.
  init(symbols: Int = 0) { self.symbols = symbols }

  /// Holds a sentence and its translation, `<eos>` not counted.
  init(source: Int, target: Int) {
    symbols = source + target + 1
    targetsBySources = (target + 1) * source
    sourcesBySources = source * source
  }

  /// Whatever each of two holds more of.
  func union(_ other: BatchExtent) -> BatchExtent { combined(with: other, by: max) }

  static func += (left: inout BatchExtent, right: BatchExtent) {
    left = left.combined(with: right, by: +)
  }

  private func combined(with other: BatchExtent, by operation: (Int, Int) -> Int) -> BatchExtent {
    var result = BatchExtent()
    result.symbols = operation(symbols, other.symbols)
    result.targetsBySources = operation(targetsBySources, other.targetsBySources)
    result.sourcesBySources = operation(sourcesBySources, other.sourcesBySources)
    return result
  }
}

/// The largest that a run meets.
struct BatchBounds: Sendable, Equatable {
  /// Minibatch.
  var largest = BatchExtent()
  /// Sequence.
  var longest = BatchExtent()

  /// One of several parts of a minibatch: an even one, and a sequence more.
  func part(of parts: Int) -> BatchExtent {
    var part = longest
    part.symbols += largest.symbols / parts
    part.targetsBySources += largest.targetsBySources / parts
    part.sourcesBySources += largest.sourcesBySources / parts
    return part
  }
}
