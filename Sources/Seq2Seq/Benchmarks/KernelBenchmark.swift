import Distributed

/// Measures the products that a training step is made of, on all ranks at once: those of this
/// program and, where the machine has it, OpenBLAS's, against what a core can multiply and add in the same run.
public struct KernelBenchmark: Sendable {
  /// H, and the size of embeddings.
  public var hiddenSize = 1000
  /// Sentences that a rank has of a minibatch.
  public var sentences = 64
  /// Words of a sentence.
  public var length = 25
  /// Seconds for each product.
  public var seconds = 0.5

  /// The paper's layers.
  public init() {}

  /// What one product reached, in floating-point operations per second of the slowest rank's core.
  public struct Result: Codable, Sendable {
    /// Where the product occurs.
    public var name: String
    /// Rows of the result, inner dimension, columns.
    public var shape: [Int]
    /// Of this program.
    public var rate: Double
    /// Of OpenBLAS; nil where there is none.
    public var openBLAS: Double?
    /// At most, in the same run.
    public var peak: Double

    /// As the compiler would write it, but with a null for a missing rate: all results have all keys.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(shape, forKey: .shape)
      try container.encode(rate, forKey: .rate)
      try container.encode(openBLAS, forKey: .openBLAS)
      try container.encode(peak, forKey: .peak)
    }
  }

  private enum Orientation { case plain, rightTransposed, leftTransposed }

  /// A product, and where it occurs.
  private struct Case {
    let name: String
    let orientation: Orientation
    /// Rows of the result, inner dimension, columns.
    let shape: (rows: Int, inner: Int, columns: Int)
    /// Whether the right operand is laid out once for many products.
    let isPackedBefore: Bool
  }

  private var cases: [Case] {
    let (gates, rows, tile) = (4 * hiddenSize, sentences * length, 512)
    let block = min(512, rows)
    let all: [(String, Orientation, (Int, Int, Int), Bool)] = [
      ("recurrent, forward", .rightTransposed, (sentences, hiddenSize, gates), true),
      ("recurrent, backward", .plain, (sentences, gates, hiddenSize), true),
      ("input, forward", .rightTransposed, (rows, hiddenSize, gates), false),
      ("input, backward", .plain, (rows, gates, hiddenSize), false),
      ("weight gradient", .leftTransposed, (gates, rows, hiddenSize), false),
      ("softmax tile, forward", .rightTransposed, (block, hiddenSize, tile), false),
      ("softmax tile, backward", .plain, (block, tile, hiddenSize), false),
      ("softmax tile, gradient", .leftTransposed, (tile, block, hiddenSize), true),
    ]
    return all.map { Case(name: $0, orientation: $1, shape: $2, isPackedBefore: $3) }
  }

  /// Runs the products on the ranks of `world`; every rank gets the same results.
  public func run(over world: Communicator) throws -> [Result] {
    // All ranks measure the same, in turn.
    let library = OpenBLAS(threads: MatrixThreads.count)
    let isEverywhere = try world.allReduce(library == nil ? 0.0 : 1.0, .minimum) == 1
    return try cases.map { try measure($0, beside: isEverywhere ? library : nil, over: world) }
  }

  private func measure(
    _ item: Case, beside openBLAS: OpenBLAS?, over world: Communicator
  ) throws -> Result {
    let (rows, inner, columns) = item.shape
    let product = Product(item)
    let operations = Double(2 * rows * inner * columns)
    let packed = PackedMatrix()
    func pack() {
      if item.orientation == .rightTransposed {
        packed.pack(product.right.transposed)
      } else {
        packed.pack(product.right)
      }
    }
    pack()
    let own = try rate(operations, over: world) {
      if !item.isPackedBefore { pack() }
      if item.orientation == .leftTransposed {
        multiply(product.left.transposed, packed, into: product.result)
      } else {
        multiply(product.left, packed, into: product.result)
      }
    }
    let other = try openBLAS.map { openBLAS in
      try rate(operations, over: world) { product.multiply(item.orientation, by: openBLAS) }
    }
    try world.barrier()
    let peak = try world.allReduce(PeakRate.measure(), .minimum)
    return Result(
      name: item.name, shape: [rows, inner, columns], rate: own, openBLAS: other, peak: peak)
  }

  /// The mean rate while all ranks do the same.
  private func rate(
    _ operations: Double, over world: Communicator, _ body: () -> Void
  ) throws -> Double {
    body()
    try world.barrier()
    let start = ContinuousClock.now
    var count = 0.0
    var time = 0.0
    repeat {
      body()
      count += 1
      time = (ContinuousClock.now - start) / .seconds(1)
    } while time < seconds
    return try world.allReduce(operations * count / time, .minimum)
  }

  /// The operands of one product.
  private final class Product {
    let left: Matrix
    let right: Matrix
    let result: Matrix
    private let storages: [FloatStorage]

    init(_ item: Case) {
      let (rows, inner, columns) = item.shape
      storages = (0..<3).map { _ in FloatStorage() }
      left =
        item.orientation == .leftTransposed
        ? storages[0].matrix(rows: inner, columns: rows)
        : storages[0].matrix(rows: rows, columns: inner)
      right =
        item.orientation == .rightTransposed
        ? storages[1].matrix(rows: columns, columns: inner)
        : storages[1].matrix(rows: inner, columns: columns)
      result = storages[2].matrix(rows: rows, columns: columns)
      let numbers = CounterBasedGenerator(seed: 1, stream: "kernels")
      for matrix in [left, right] {
        for index in 0..<matrix.rows * matrix.columns {
          matrix.base[index] = numbers.uniform(at: UInt64(index), in: -1...1)
        }
      }
    }

    func multiply(_ orientation: Orientation, by library: OpenBLAS) {
      switch orientation {
      case .plain: library.multiply(left, right, into: result)
      case .rightTransposed: library.multiply(left, right.transposed, into: result)
      case .leftTransposed: library.multiply(left.transposed, right, into: result)
      }
    }
  }
}
