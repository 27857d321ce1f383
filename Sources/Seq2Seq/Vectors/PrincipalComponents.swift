/// The directions in which vectors vary most, at right angles to one another, and where the vectors lie along
/// them: principal component analysis, as in figure 2 of Sutskever et al. (2014).
///
/// They are eigenvectors of the covariance, `[D, D]`, or where there are fewer vectors than numbers, of the
/// products of all vectors with all, `[n, n]`, which has the same eigenvalues. Everything is computed in
/// Double.
public struct PrincipalComponents: Sendable {
  /// Of each component, from the first on, D numbers: a vector of length 1 whose largest number is positive,
  /// so that pictures repeat. Zeros where the vectors vary in fewer directions.
  public private(set) var components: [[Double]] = []
  /// Of each component, which part of all variance is along it, 0...1.
  public private(set) var explained: [Double] = []
  /// Of each vector, its place along each component, from the mean of all.
  public private(set) var places: [(x: Double, y: Double)] = []

  /// Finds the first two components.
  ///
  /// - Parameters:
  ///   - vectors: `[n, D]`.
  ///   - path: where they come from, for messages.
  /// - Throws: `InputError` if they do not vary, there is too little memory, or no LAPACK.
  init(of vectors: Matrix, path: String) throws {
    guard (1..<max(1, vectors.rows)).contains(where: { vectors.row($0, differsFrom: 0) }) else {
      throw InputError(
        "\(path) has no two vectors that differ, and so no direction to project them on")
    }
    let side = min(vectors.rows, vectors.columns)
    try MemoryLimits.check(
      // LAPACK overwrites a copy.
      16 * Double(side) * Double(side),
      what: "the covariance of \(path) (\(side) × \(side) numbers)",
      remedy: "project fewer lines")
    let centred = CentredRows(vectors)
    let lapack = try LAPACK()
    let (square, total) = centred.square(side: side, by: lapack)
    let (values, eigenvectors) = lapack.largest(min(2, side), of: square, side: side)
    for number in 0..<2 {
      // What is left of a direction that is none is rounding.
      let isDirection =
        number < values.count && values[number] > values[0] * max(1e-12, 4e-16 * Double(side))
      var component =
        isDirection ? eigenvectors[number] : [Double](repeating: 0, count: vectors.columns)
      if isDirection, side < vectors.columns { component = centred.sum(weights: component) }
      component.straighten(against: components)
      components.append(component)
      explained.append(isDirection ? values[number] / total : 0)
    }
    for row in 0..<vectors.rows {
      places.append(
        (x: centred.product(row, components[0]), y: centred.product(row, components[1])))
    }
  }
}

extension PrincipalComponents {
  /// A picture of where the vectors lie.
  ///
  /// - Parameters:
  ///   - title: of the picture.
  ///   - labels: one for each vector.
  ///   - digits: of the percentages of the variance, after the point.
  public func plot(_ title: String, labels: [String], digits: Int) -> ScatterPlot {
    let parts = explained.map { NumberText.fixed(100 * $0, digits: digits) + " %" }
    return ScatterPlot(
      title: title, x: Axis("first principal component, \(parts[0]) of the variance"),
      y: Axis("second principal component, \(parts[1])"),
      points: places.map { ChartPoint(x: $0.x, y: $0.y) }, labels: labels)
  }
}

/// Vectors less their mean.
private struct CentredRows {
  private let vectors: Matrix
  private let mean: [Double]
  /// Numbers of the long side that are multiplied at a time.
  private static let block = 256

  init(_ vectors: Matrix) {
    self.vectors = vectors
    var sums = [Double](repeating: 0, count: vectors.columns)
    for row in 0..<vectors.rows {
      let numbers = vectors.row(row)
      for column in sums.indices { sums[column] += Double(numbers[column]) }
    }
    mean = sums.map { $0 / Double(vectors.rows) }
  }

  /// The sums of products of columns with columns, or of rows with rows if there are fewer of them: the upper
  /// triangle of `[side, side]`, and the sum of its diagonal.
  func square(side: Int, by lapack: LAPACK) -> (matrix: [Double], total: Double) {
    let (rows, columns) = (vectors.rows, vectors.columns)
    let isByRow = rows < columns
    var matrix = [Double](repeating: 0, count: side * side)
    var factor = [Double](repeating: 0, count: side * Self.block)
    for start in stride(from: 0, to: isByRow ? columns : rows, by: Self.block) {
      let end = min(start + Self.block, isByRow ? columns : rows)
      let (rowRange, columnRange) =
        isByRow ? (0..<rows, start..<end) : (start..<end, 0..<columns)
      for row in rowRange {
        let numbers = vectors.row(row)
        for column in columnRange {
          let place = isByRow ? (column - start) * side + row : (row - start) * side + column
          factor[place] = Double(numbers[column]) - mean[column]
        }
      }
      lapack.addSquare(side: side, of: factor, count: end - start, to: &matrix)
    }
    return (matrix, (0..<side).reduce(0) { $0 + matrix[$1 * side + $1] })
  }

  /// The sum of the rows, each times its weight.
  func sum(weights: [Double]) -> [Double] {
    var sum = [Double](repeating: 0, count: mean.count)
    for (row, weight) in weights.enumerated() {
      let numbers = vectors.row(row)
      for column in sum.indices { sum[column] += weight * (Double(numbers[column]) - mean[column]) }
    }
    return sum
  }

  /// The product of a row with a vector.
  func product(_ row: Int, _ vector: [Double]) -> Double {
    let numbers = vectors.row(row)
    var sum = 0.0
    for column in vector.indices {
      sum += (Double(numbers[column]) - mean[column]) * vector[column]
    }
    return sum
  }
}

extension Matrix {
  fileprivate func row(_ row: Int, differsFrom other: Int) -> Bool {
    let (left, right) = (self.row(row), self.row(other))
    return (0..<columns).contains { left[$0] != right[$0] }
  }
}

extension [Double] {
  /// Takes what is along others off, gives the rest the length 1, and makes its largest number positive; of equal
  /// ones the first counts.
  fileprivate mutating func straighten(against others: [[Double]]) {
    func product(_ left: [Double], _ right: [Double]) -> Double {
      zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for other in others {
      let along = product(self, other)
      for index in indices { self[index] -= along * other[index] }
    }
    let length = product(self, self).squareRoot()
    guard length > 0 else { return }
    let largest = self.max { abs($0) < abs($1) } ?? 0
    // Roundings decide between numbers of one size with two signs: the first of them does.
    let first = self.first { abs($0) > abs(largest) * (1 - 1e-9) } ?? largest
    for index in indices { self[index] /= first < 0 ? -length : length }
  }
}
