import Foundation
import Testing

@testable import Seq2Seq

@Suite("Products over threads", .serialized)
struct ThreadedProductTests {
  // Worth more than three threads; longer than a block within, and no multiple of anything.
  private static let (rows, inner, columns) = (149, 601, 131)

  /// A product, by one of the two ways in which threads share it out: over columns, or over rows.
  private func product(
    _ left: Matrix, _ right: PackedMatrix, isTransposed: Bool, threads: Int
  ) -> OwnedMatrix {
    // Of the whole process: other tests may use more threads meanwhile, and compute the same.
    let before = MatrixThreads.count
    MatrixThreads.set(threads)
    defer { MatrixThreads.set(before) }
    let result = OwnedMatrix(rows: Self.rows, columns: Self.columns)
    for accumulate in [false, true] {
      if isTransposed {
        multiply(left.transposed, right, into: result.matrix, accumulate: accumulate)
      } else {
        multiply(left, right, into: result.matrix, accumulate: accumulate)
      }
    }
    return result
  }

  @Test("three threads compute what one computes, to the bit, and that is the product")
  func bits() {
    var numbers: Numbers = [:]
    numbers.draw("left", Self.rows * Self.inner)
    numbers.draw("right", Self.inner * Self.columns)
    let left = OwnedMatrix(numbers["left"]!, columns: Self.inner)
    let leftTransposed = OwnedMatrix(rows: Self.inner, columns: Self.rows)
    transpose(left.matrix, into: leftTransposed.matrix)
    let right = OwnedMatrix(numbers["right"]!, columns: Self.columns)
    let exact = definition(left.matrix, right.matrix)
    for kernel in Kernel.available {
      let packed = PackedMatrix(kernel: kernel)
      packed.pack(right.matrix)
      for (left, isTransposed) in [(left, false), (leftTransposed, true)] {
        let results = [1, 3].map {
          product(left.matrix, packed, isTransposed: isTransposed, threads: $0).doubles
        }
        let name = "panels of \(kernel.width), transposed: \(isTransposed)"
        let isEqual = results[0] == results[1]
        #expect(isEqual, "\(name)")
        expectClose(["": results[1]], ["": exact.map { 2 * $0 }], name)
      }
    }
    withExtendedLifetime((left, leftTransposed, right)) {}
  }

  @Test("a product of this size is one for several threads")
  func isSplit() {
    // A thread that is not the main one says nothing while it shares a product out.
    guard !Thread.isMainThread else { return }
    let counter = Counter()
    let packed = PackedMatrix { counter.count += 1 }
    let (left, right) = (
      OwnedMatrix(rows: Self.rows, columns: Self.inner),
      OwnedMatrix(rows: Self.inner, columns: Self.columns)
    )
    packed.pack(right.matrix)
    for isTransposed in [false, true] {
      let left = isTransposed ? OwnedMatrix(rows: Self.inner, columns: Self.rows) : left
      counter.count = 0
      _ = product(left.matrix, packed, isTransposed: isTransposed, threads: 3)
      #expect(counter.count == 0)
    }
    _ = product(left.matrix, packed, isTransposed: false, threads: 1)
    #expect(counter.count > 0)
  }

  private final class Counter { var count = 0 }

  private func definition(_ left: Matrix, _ right: Matrix) -> [Double] {
    var result = [Double](repeating: 0, count: left.rows * right.columns)
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<left.rows {
        for k in 0..<left.columns {
          let (factor, numbers) = (Double(left[row, k]), right.row(k))
          var column = 0
          while column < right.columns {
            result[row * right.columns + column] += factor * Double(numbers[column])
            column += 1
          }
        }
      }
    }
    return result
  }
}
