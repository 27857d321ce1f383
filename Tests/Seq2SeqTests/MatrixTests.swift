import Testing

@testable import Seq2Seq

@Suite("Views of numbers")
struct MatrixTests {
  @Test("parts of a view are views of the same numbers")
  func parts() {
    let storage = FloatStorage(count: 12)
    defer { withExtendedLifetime(storage) {} }
    let matrix = storage.matrix(rows: 3, columns: 4)
    for index in 0..<12 { matrix.memory[index] = Float(index) }
    #expect(matrix[rows: 1..<3][0, 1] == 5)
    #expect(matrix[rows: 1..<3, columns: 2..<4][1, 0] == 10)
    #expect(matrix.reshaped(from: 4, rows: 2, columns: 3)[1, 2] == 9)
    matrix[rows: 0..<1].copy(from: matrix[rows: 2..<3])
    matrix[rows: 0..<1].add(matrix[rows: 1..<2])
    #expect((0..<4).map { matrix[0, $0] } == [12, 14, 16, 18])
  }

  @Test("the largest numbers are found, the first of equal ones first")
  func largest() {
    let values: [Float] = [1, 5, -2, 5, 3, .infinity]
    #expect(indicesOfLargest(4, of: values, count: 6) == [5, 1, 3, 4])
    #expect(indicesOfLargest(9, of: values, count: 3) == [1, 0, 2])
    #expect(indicesOfLargest(4, of: values, count: 6, above: 3) == [5, 1, 3])
    #expect(indicesOfLargest(0, of: values, count: 6).isEmpty)
  }

  @Test("so they are among many", arguments: [1, 3, 13, 64, 65, 300], [1, 2, 13])
  func largestOfMany(count: Int, wanted: Int) {
    for kernel in Kernel.available {
      for seed in 0..<8 {
        var generator = SeededGenerator(seed: UInt64(seed), stream: "values")
        let values = (0..<count).map { _ in Float(generator.next(below: 40)) }
        for threshold in [-1, 20, 39] as [Float] {
          let exact = values.indices.filter { values[$0] > threshold }.sorted {
            (values[$1], $0) < (values[$0], $1)
          }.prefix(wanted).map(Int32.init)
          let found = indicesOfLargest(
            wanted, of: values, count: count, above: threshold, kernel: kernel)
          #expect(found == exact)
        }
      }
    }
  }

  #if DEBUG && compiler(>=6.2)
    @Test("debug builds refuse what is not in a view")
    func bounds() async {
      await #expect(processExitsWith: .failure) {
        _ = FloatStorage(count: 6).matrix(rows: 2, columns: 3).row(2)
      }
      await #expect(processExitsWith: .failure) {
        _ = FloatStorage(count: 6).matrix(rows: 2, columns: 3)[rows: 1..<3]
      }
      await #expect(processExitsWith: .failure) {
        _ = FloatStorage(count: 6).matrix(rows: 2, columns: 3)[0, 3]
      }
    }

    @Test("debug builds refuse views of two shapes")
    func shapes() async {
      await #expect(processExitsWith: .failure) {
        let (first, second) = (FloatStorage(count: 6), FloatStorage(count: 6))
        first.matrix(rows: 2, columns: 3).copy(from: second.matrix(rows: 3, columns: 2))
      }
    }

    @Test("debug builds refuse a view whose memory has gone")
    func lifetime() async {
      await #expect(processExitsWith: .failure) {
        let view = FloatStorage(count: 6).matrix(rows: 2, columns: 3)
        view.clear()
      }
      await #expect(processExitsWith: .failure) {
        let storage = FloatStorage(count: 6)
        let view = storage.matrix(rows: 2, columns: 3)
        _ = storage.matrix(rows: 20, columns: 30)
        view.clear()
      }
    }
  #endif
}
