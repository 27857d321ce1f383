import Foundation

/// The output layer: a linear map to the vocabulary, softmax, and cross-entropy; or a slice of
/// it.
///
/// The loss and its gradients are computed together, a block of rows at a time, and a block tile by
/// tile of the vocabulary: a tile's logits become exponentials, and later its probabilities
/// gradients, while they are in the cache. What is kept at once is one block, whatever the
/// minibatch.
///
/// Over tiles and slices s of the vocabulary, with the largest logit m_s and
/// z_s = Σ exp(logit − m_s) of each: M = max m_s, Z = Σ z_s exp(m_s − M), and
/// −log p(target) = M + log Z − logit(target). What slices tell one another is three numbers per row.
struct SoftmaxOutput: Sendable {
  /// Of one row and one slice: the largest logit, the sum of the exponentials of the logits less
  /// that, and the target's logit, 0 where another slice has it.
  static let statisticsSize = 3
  /// Stands where a row has no target: it has the loss 0, and no gradient.
  static let noTarget: Int32 = -1
  /// Rows of a block: many, for the weights are read, and their gradients written, once per block.
  private static let blockRows = 1024
  /// Symbols of a tile: a block's tile is 1 MB at most, which the caches hold.
  private static let tileWidth = 256

  /// `[V, H]`; of a slice its rows.
  let weight: ParameterSlice
  /// `[V]`; of a slice its elements.
  let bias: ParameterSlice
  /// The symbols of the slice.
  let slice: Range<Int>

  /// Where its parameters lie among the dense ones.
  var range: Range<Int> { weight.range.lowerBound..<bias.range.upperBound }

  /// Symbols of the slice.
  var vocabularySize: Int { weight.rows }
  /// Numbers per row of the input, H.
  var inputSize: Int { weight.columns }

  /// Adds the output layer, or a slice of it, to a layout.
  ///
  /// - Parameters:
  ///   - name: the layer's name.
  ///   - slice: the symbols that this one has.
  ///   - inputSize: H.
  ///   - tiedTo: the name of the embeddings that its weights are as well, if they are.
  ///   - layout: receives the parameters.
  init(
    _ name: String, slice: Range<Int>, inputSize: Int, tiedTo embedding: String? = nil,
    to layout: inout ParameterLayout
  ) {
    self.slice = slice
    weight = layout.addMatrix(
      "\(embedding ?? name).weight", rows: slice, columns: inputSize,
      start: embedding.map { _ in .embedding })
    bias = layout.addVector("\(name).bias", elements: slice)
  }

  /// Memory kept from batch to batch.
  final class Cache {
    fileprivate let block = FloatStorage()
    fileprivate let packed = PackedMatrix()
    fileprivate let packedInput = PackedMatrix()
    fileprivate let tileStatistics = FloatStorage()
    fileprivate let statistics = FloatStorage()
    /// How slices join what they know; a whole vocabulary has nothing to join.
    var combine: Combine = { $0 }
    /// −log p of each target, `[N]`, of the rows since `begin()`.
    fileprivate(set) var losses: [Float] = []
    /// −Σ log p.
    var loss: Double { losses.reduce(0) { $0 + Double($1) } }

    /// Forgets the losses of the batch before.
    func begin() { losses.removeAll(keepingCapacity: true) }
  }

  /// Gives every slice's statistics, slice by slice, `[slices · rows, 3]`, for those of this slice.
  typealias Combine = (_ own: Matrix) throws -> Matrix

  /// The logits of some rows: `[N, H]` to `[N, V]`, with the transposed weight laid out.
  func logits(
    _ input: Matrix, weight: PackedMatrix, into logits: Matrix, parameters: Parameters
  ) {
    let bias = parameters.pointer(bias)
    for row in 0..<logits.rows { logits.row(row).update(from: bias, count: logits.columns) }
    multiply(input, weight, into: logits, accumulate: true)
  }

  /// What the gradients of `scale · Σ loss` are written to.
  struct GradientTarget {
    /// What the sum of the losses is multiplied by.
    let scale: Float
    /// `[N, H]`, assigned: of a slice its partial sum.
    let inputGradient: Matrix
    /// Those of weight and bias are added here.
    let gradients: Gradients
  }

  /// Appends −log p of the targets, `[N]`, to `cache.losses`, and computes the gradients if there
  /// is where to write them. A target may be `noTarget`.
  func lossAndGradients(
    _ input: Matrix, targets: ArraySlice<Int32>, into target: GradientTarget?,
    parameters: Parameters, cache: Cache
  ) throws {
    // The same for all slices of a vocabulary.
    for rows in (0..<input.rows).evenParts(atMost: Self.blockRows) {
      let first = targets.startIndex + rows.lowerBound
      let block = Block(
        rows: rows, input: input[rows: rows], targets: targets[first..<first + rows.count],
        tiles: tiles(of: rows.count, cache: cache),
        statistics: cache.statistics.matrix(rows: rows.count, columns: Self.statisticsSize))
      computeExponentials(block, parameters: parameters, cache: cache)
      finish(
        block, all: try cache.combine(block.statistics), scale: target?.scale ?? 1, cache: cache)
      if let target { addGradients(block, to: target, parameters: parameters, cache: cache) }
    }
  }

  /// Some rows' logits, or what becomes of them, tile after tile.
  private struct Block {
    /// Counted in the call's input.
    let rows: Range<Int>
    /// `[rows, H]`.
    let input: Matrix
    /// `[rows]`.
    let targets: ArraySlice<Int32>
    let tiles: [Tile]
    /// Of this slice, `[rows, 3]`.
    let statistics: Matrix
  }

  /// Memory for the tiles of some rows.
  private func tiles(of rows: Int, cache: Cache) -> [Tile] {
    let width = Self.tileWidth
    let memory = cache.block.matrix(rows: vocabularySize, columns: rows)
    let count = (vocabularySize + width - 1) / width
    let statistics = cache.tileStatistics.matrix(rows: count * rows, columns: 2)
    return (0..<count).map { index in
      let symbols = index * width..<min((index + 1) * width, vocabularySize)
      return Tile(
        symbols: symbols,
        values: memory.reshaped(
          from: symbols.lowerBound * rows, rows: rows, columns: symbols.count),
        statistics: statistics[rows: index * rows..<(index + 1) * rows])
    }
  }

  /// Some rows' values for some symbols.
  private struct Tile {
    /// Counted within the slice.
    let symbols: Range<Int>
    /// `[rows, symbols]`.
    let values: Matrix
    /// The largest logit and the sum of the exponentials of the logits less that, `[rows, 2]`;
    /// later the first is what the exponentials are to be multiplied by.
    let statistics: Matrix
  }

  /// Fills the tiles with exp(logit − the largest one of the row's tile), and their statistics.
  private func computeExponentials(_ block: Block, parameters: Parameters, cache: Cache) {
    let (weight, bias) = (parameters.matrix(weight), parameters.pointer(bias))
    for row in 0..<block.rows.count {
      (block.statistics[row, 0], block.statistics[row, 2]) = (-.infinity, 0)
    }
    for tile in block.tiles {
      cache.packed.pack(weight[rows: tile.symbols].transposed)
      multiply(block.input, cache.packed, into: tile.values)
      for (row, target) in block.targets.enumerated() {
        let values = tile.values.row(row)
        let index = Int(target) - slice.lowerBound - tile.symbols.lowerBound
        if tile.values.columns > index, index >= 0 {
          block.statistics[row, 2] = values[index] + bias[tile.symbols.lowerBound + index]
        }
        (tile.statistics[row, 0], tile.statistics[row, 1]) = exponentials(
          values, plus: bias + tile.symbols.lowerBound, count: tile.values.columns)
        block.statistics[row, 0] = max(block.statistics[row, 0], tile.statistics[row, 0])
      }
    }
    for row in 0..<block.rows.count {
      block.statistics[row, 1] = block.tiles.reduce(0) {
        $0 + $1.statistics[row, 1] * exp($1.statistics[row, 0] - block.statistics[row, 0])
      }
    }
  }

  /// Appends the losses, and finds what turns each tile's exponentials into `scale · p`.
  private func finish(_ block: Block, all: Matrix, scale: Float, cache: Cache) {
    let rows = block.rows.count
    let slices = rows == 0 ? 0 : all.rows / rows
    for (row, symbol) in block.targets.enumerated() {
      let counts = symbol != Self.noTarget
      var largest = -Float.infinity
      for slice in 0..<slices { largest = max(largest, all[slice * rows + row, 0]) }
      var (sum, target): (Float, Float) = (0, 0)
      for slice in 0..<slices {
        let index = slice * rows + row
        sum += all[index, 1] * exp(all[index, 0] - largest)
        target += all[index, 2]
      }
      cache.losses.append(counts ? largest + log(sum) - target : 0)
      for tile in block.tiles {
        tile.statistics[row, 0] =
          counts ? scale * exp(tile.statistics[row, 0] - largest) / sum : 0
      }
    }
  }

  /// ∂/∂logit = p − [the target's]; and from it the gradients of input, weight and bias.
  private func addGradients(
    _ block: Block, to target: GradientTarget, parameters: Parameters, cache: Cache
  ) {
    let weight = parameters.matrix(weight)
    let weightGradient = target.gradients.accumulator(for: self.weight)
    let biasGradient = target.gradients.pointer(bias)
    let inputGradient = target.inputGradient[rows: block.rows]
    cache.packedInput.pack(block.input)
    for (index, tile) in block.tiles.enumerated() {
      let tileBiasGradient = biasGradient + tile.symbols.lowerBound
      for (row, symbol) in block.targets.enumerated() {
        let values = tile.values.row(row)
        scale(
          values, by: tile.statistics[row, 0], addingTo: tileBiasGradient,
          count: tile.values.columns)
        let index = Int(symbol) - slice.lowerBound - tile.symbols.lowerBound
        if tile.values.columns > index, index >= 0 {
          values[index] -= target.scale
          tileBiasGradient[index] -= target.scale
        }
      }
      cache.packed.pack(weight[rows: tile.symbols])
      multiply(tile.values, cache.packed, into: inputGradient, accumulate: index > 0)
      multiply(
        tile.values.transposed, cache.packedInput, into: weightGradient.matrix[rows: tile.symbols],
        accumulate: weightGradient.holdsValues)
    }
  }
}
