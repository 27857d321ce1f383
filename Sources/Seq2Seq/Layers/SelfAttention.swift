/// Self-attention within a sentence, below its encoder, with one head and without a residual (Vaswani et
/// al. 2017, section 3.2; the notes' TimeKey, TimeQuery, TimeValue, CompatibilityFunction, WeightedValue):
/// keys are an affine map of embedded symbols, queries and values rows of tables, which are the affine
/// maps of one-hot symbols.
///
/// `K = E W_Kᵀ + b_K`, `Q` and `V` rows plus bias, `Z = softmax(Q Kᵀ/√d) V`. All three depend on the symbol
/// alone: they are computed once per distinct symbol of a minibatch.
struct SelfAttention: Sendable {
  /// Its dense parameters.
  struct Dense: Sendable {
    /// `[d, E]`.
    let keyWeight: ParameterSlice
    /// `[d]`, each.
    let keyBias: ParameterSlice
    let queryBias: ParameterSlice
    let valueBias: ParameterSlice

    /// Adds them to a layout.
    init(_ name: String, size: Int, embeddingSize: Int, to layout: inout ParameterLayout) {
      keyWeight = layout.addMatrix("\(name).key.weight", rows: size, columns: embeddingSize)
      keyBias = layout.addVector("\(name).key.bias", count: size)
      queryBias = layout.addVector("\(name).query.bias", count: size)
      valueBias = layout.addVector("\(name).value.bias", count: size)
    }

    /// Where they lie.
    var range: Range<Int> { keyWeight.range.lowerBound..<valueBias.range.upperBound }
  }

  /// What has a gradient for every number.
  let dense: Dense
  /// `[Vs, E]`: what keys are made of.
  let embedding: Embedding
  /// `[Vs, d]`.
  let query: Embedding
  /// `[Vs, d]`.
  let value: Embedding

  /// d.
  var size: Int { dense.keyWeight.rows }

  /// Adds its tables to a layout that has its dense parameters.
  init(_ name: String, _ dense: Dense, embedding: Embedding, to layout: inout ParameterLayout) {
    (self.dense, self.embedding) = (dense, embedding)
    func table(_ name: String, _ layout: inout ParameterLayout) -> Embedding {
      Embedding(
        name, vocabularySize: embedding.table.rows, size: dense.keyWeight.rows, isOneHotMap: true,
        to: &layout)
    }
    query = table("\(name).query", &layout)
    value = table("\(name).value", &layout)
  }

  /// What the forward pass leaves for the backward pass, kept from batch to batch.
  final class Cache {
    fileprivate let distinct: DistinctSymbols
    fileprivate let attention: SentenceAttention
    fileprivate let packed: PackedMatrix
    fileprivate var rows = SentenceRows(Packing(descendingLengths: []))
    fileprivate var vectors = Matrix.empty
    /// Of each distinct symbol, and later the sums of their gradients.
    fileprivate var own = SentenceAttention.Operands.empty
    /// By sentence.
    fileprivate var operands = SentenceAttention.Operands.empty
    fileprivate var gradients = SentenceAttention.Operands.empty
    /// Z and its gradient, by sentence.
    fileprivate var output = Matrix.empty
    fileprivate var outputGradient = Matrix.empty
    private let storages = (0..<12).map { _ in FloatStorage() }

    init(for layer: SelfAttention, poll: @escaping () -> Void = {}) {
      distinct = DistinctSymbols(vocabularySize: layer.embedding.table.rows)
      attention = SentenceAttention(scale: 1 / Float(layer.size).squareRoot(), poll: poll)
      packed = PackedMatrix(poll: poll)
    }

    /// Lays out the memory of one batch.
    fileprivate func reserve(_ symbols: PackedSymbolRows, of layer: SelfAttention) {
      rows = SentenceRows(symbols.packing)
      var bySentence = symbols.symbols
      rows.forEachRow { row, packedRow in bySentence[row] = symbols.symbols[packedRow] }
      distinct.begin(bySentence)
      attention.begin(queries: rows, keys: rows)
      func matrix(_ index: Int, rows: Int) -> Matrix {
        storages[index].matrix(rows: rows, columns: layer.size)
      }
      func operands(_ first: Int, rows: Int) -> SentenceAttention.Operands {
        .init(
          queries: matrix(first, rows: rows), keys: matrix(first + 1, rows: rows),
          values: matrix(first + 2, rows: rows))
      }
      own = operands(0, rows: distinct.count)
      self.operands = operands(3, rows: rows.rowCount)
      gradients = operands(6, rows: rows.rowCount)
      output = matrix(9, rows: rows.rowCount)
      outputGradient = matrix(10, rows: rows.rowCount)
      vectors = storages[11].matrix(
        rows: distinct.count, columns: layer.embedding.table.columns)
    }
  }

  /// Symbols of some sentences, packed.
  typealias PackedSymbolRows = (symbols: [Int32], packing: Packing)

  /// Computes Z.
  ///
  /// - Parameters:
  ///   - symbols: of the sentences.
  ///   - output: `[N, d]` in their packing, assigned.
  func forward(
    _ symbols: PackedSymbolRows, into output: Matrix, parameters: Parameters, cache: Cache
  ) {
    cache.reserve(symbols, of: self)
    let (own, distinct) = (cache.own, cache.distinct.symbols[...])
    embedding.forward(distinct, into: cache.vectors, parameters: parameters)
    cache.packed.pack(parameters.matrix(dense.keyWeight).transposed)
    multiply(cache.vectors, cache.packed, into: own.keys)
    query.forward(distinct, into: own.queries, parameters: parameters)
    value.forward(distinct, into: own.values, parameters: parameters)
    for (matrix, bias) in zip(own.all, biases) { matrix.add(row: parameters.pointer(bias)) }
    for (all, own) in zip(cache.operands.all, own.all) {
      cache.distinct.spread(own, to: 0..<all.rows, into: all)
    }
    cache.attention.forward(cache.operands, into: cache.output)
    cache.rows.scatter(cache.output, into: output)
  }

  /// Adds the gradients of all parameters, and of the embeddings that the keys are made of.
  ///
  /// - Parameter outputGradient: of Z, `[N, d]`.
  func backward(
    outputGradient: Matrix, parameters: Parameters, gradients: Gradients, cache: Cache
  ) {
    cache.rows.gather(outputGradient, into: cache.outputGradient)
    cache.gradients.keys.clear()
    cache.gradients.values.clear()
    cache.attention.backward(
      outputGradient: cache.outputGradient, cache.operands, into: cache.gradients)
    let (own, distinct) = (cache.own, cache.distinct)
    for ((all, own), bias) in zip(zip(cache.gradients.all, own.all), biases) {
      distinct.sum(all, into: own)
      addColumnSums(of: own, into: gradients.pointer(bias))
    }
    query.addGradients(own.queries, of: distinct.symbols, to: gradients)
    value.addGradients(own.values, of: distinct.symbols, to: gradients)
    let keyGradient = gradients.accumulator(for: dense.keyWeight)
    cache.packed.pack(cache.vectors)
    multiply(
      own.keys.transposed, cache.packed, into: keyGradient.matrix,
      accumulate: keyGradient.holdsValues)
    cache.packed.pack(parameters.matrix(dense.keyWeight))
    multiply(own.keys, cache.packed, into: cache.vectors)
    embedding.addGradients(cache.vectors, of: distinct.symbols, to: gradients)
  }

  /// In the order of operands.
  private var biases: [ParameterSlice] { [dense.queryBias, dense.keyBias, dense.valueBias] }
}

extension SentenceAttention.Operands {
  fileprivate static var empty: Self { .init(queries: .empty, keys: .empty, values: .empty) }
  fileprivate var all: [Matrix] { [queries, keys, values] }
}
