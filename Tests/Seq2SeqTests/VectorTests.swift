import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

/// Files of vectors, and what is computed of them.
@Suite("Vectors")
struct VectorTests {
  private let folder = TemporaryFolder()

  private func write(_ rows: [[Float]], to name: String = "v.npy") throws -> VectorFile {
    let path = folder.path + "/" + name
    let writer = try VectorFileWriter(path, size: rows[0].count)
    for row in rows { try writer.append(row) }
    try writer.finish()
    return try VectorFile(path)
  }

  /// Normal numbers, of which column k is `scales[k]` times as large.
  private func random(_ count: Int, scales: [Double], seed: UInt64 = 1) -> [[Float]] {
    var generator = SeededGenerator(seed: seed, stream: "vectors")
    return (0..<count).map { _ in
      scales.map { scale in
        let sum = (0..<12).reduce(0.0) { sum, _ in
          sum + Double.random(in: -0.5...0.5, using: &generator)
        }
        return Float(3 + scale * sum)
      }
    }
  }

  @Test("a file has the bytes that numpy.save writes, and is read as it was written")
  func goldenBytes() throws {
    let rows: [[Float]] = [[1, -2.5, 3], [0, 0.5, -1e-3]]
    let file = try write(rows)
    let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    var golden = Data([0x93] + "NUMPY".utf8 + [1, 0, 118, 0])
    golden += Data((text + String(repeating: " ", count: 117 - text.utf8.count) + "\n").utf8)
    for bits: UInt32 in [0x3f80_0000, 0xc020_0000, 0x4040_0000, 0, 0x3f00_0000, 0xba83_126f] {
      withUnsafeBytes(of: bits.littleEndian) { golden.append(contentsOf: $0) }
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/v.npy")) == golden)
    #expect((file.count, file.size) == (2, 3))
    #expect(Array(file.vectors.memory) == rows.flatMap { $0 })
    #expect(folder.files == ["v.npy"])
  }

  @Test("a header is read however Python may write it")
  func otherHeaders() throws {
    for text in [
      "{\"shape\":(1,2),\"descr\":\"<f4\",\"fortran_order\":False}\n",
      "  { 'fortran_order' :False , 'shape': ( 1 , 2 , ), 'descr': '<f4', }",
    ] {
      let bytes = Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(text.utf8.count), 0] + text.utf8)
      let file = try VectorFile(
        folder.write(bytes + Data([0, 0, 128, 63, 0, 0, 0, 64]), to: "other.npy"))
      #expect(Array(file.vectors.memory) == [1, 2])
    }
  }

  @Test(
    "a hostile header is refused, and says why",
    arguments: [
      ("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)}", "'<f8'; only '<f4'"),
      ("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}", "column by column"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "has the shape [2]"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0)}", "has the shape [2, 0]"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3)}", "1 times 3 numbers"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387905, 2)}",
        "truncated or damaged"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808, 2)}",
        "not what the NumPy format wants"
      ),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}", "not what"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), 'shape': (1, 2)}", "not what"),
      ("{'descr': '<f4', 'shape': (1, 2)}", "not what"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2)} + 1", "not what"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}", "not what"), ("{", "not what"),
      ("", "not what"),
    ])
  func hostileHeaders(text: String, message: String) {
    let start = Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(text.utf8.count), 0])
    let path = folder.write(start + Data(text.utf8) + Data(repeating: 0, count: 8), to: "h.npy")
    #expect {
      try VectorFile(path)
    } throws: {
      "\($0)".contains(path) && "\($0)".contains(message)
    }
  }

  @Test("numbers that are not finite, other files and none are refused")
  func otherFiles() throws {
    #expect { try write([[1, 2], [3, .nan]]) } throws: {
      "\($0)".contains("number 2 of vector 2 is nan")
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/v.npy"))
    for count in [0, 5, 9, 60, 127, 140] {
      let path = folder.write(whole.prefix(count), to: "part.npy")
      #expect(throws: InputError.self) { try VectorFile(path) }
    }
    let version = folder.write(whole.prefix(6) + Data([2]) + whole.dropFirst(7), to: "2.npy")
    #expect { try VectorFile(version) } throws: { "\($0)".contains("version 2.0") }
  }

  @Test("points on a line have one component, along it")
  func line() throws {
    let file = try write([[0, 0], [3, 4], [6, 8], [-3, -4]])
    let found = try file.principalComponents()
    #expect(abs(found.components[0][0] - 0.6) < 1e-12)
    #expect(abs(found.components[0][1] - 0.8) < 1e-12)
    #expect(found.components[1] == [0, 0])
    #expect(abs(found.explained[0] - 1) < 1e-12 && found.explained[1] == 0)
    for (place, x) in zip(found.places, [-2.5, 2.5, 7.5, -7.5]) {
      #expect(abs(place.x - x) < 1e-12 && place.y == 0)
    }
  }

  @Test("two vectors, one number, and vectors that are all the same")
  func smallest() throws {
    let two = try write([[1, 1, 1, 1], [1, 1, 1, 5]]).principalComponents()
    #expect(two.places.map(\.x) == [-2, 2] && two.places.map(\.y) == [0, 0])
    let one = try write([[1], [2], [6]]).principalComponents()
    #expect(zip(one.places, [-2.0, -1, 3]).allSatisfy { abs($0.x - $1) < 1e-12 && $0.y == 0 })
    for rows: [[Float]] in [[[1, 2]], [[1, 2], [1, 2], [1, 2]]] {
      #expect { try write(rows).principalComponents() } throws: {
        "\($0)".contains("no two vectors that differ")
      }
    }
  }

  /// The direction of the largest variance at right angles to others, by repeated products with the
  /// covariance.
  private func powerIteration(_ rows: [[Float]], without others: [[Double]]) -> [Double] {
    let size = rows[0].count
    let mean = (0..<size).map { k in rows.reduce(0) { $0 + Double($1[k]) } / Double(rows.count) }
    let centred = rows.map { row in row.indices.map { Double(row[$0]) - mean[$0] } }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    }
    var vector = (0..<size).map { 1 + Double($0 % 3) }
    for _ in 0..<300 {
      var next = [Double](repeating: 0, count: size)
      for row in centred {
        let along = product(row, vector)
        for k in 0..<size { next[k] += along * row[k] }
      }
      for other in others {
        let along = product(next, other)
        for k in 0..<size { next[k] -= along * other[k] }
      }
      let length = product(next, next).squareRoot()
      vector = next.map { $0 / length }
    }
    return vector
  }

  @Test(
    "components are those of a power iteration, with more vectors than numbers and with fewer",
    arguments: [(40, 6), (5, 30), (6, 6), (300, 3), (3, 300)])
  func powerIterations(count: Int, size: Int) throws {
    let rows = random(count, scales: (0..<size).map { pow(0.4, Double($0 % 5)) })
    let found = try write(rows).principalComponents()
    var others: [[Double]] = []
    for component in found.components {
      let expected = powerIteration(rows, without: others)
      let product = zip(component, expected).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(abs(product) - 1) < 1e-9)
      #expect((component.max { abs($0) < abs($1) } ?? 0) > 0)
      others.append(expected)
    }
    let product = zip(found.components[0], found.components[1]).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs(product) < 1e-12)
    // The variance along x is that part of all of it which is said, and the places are around 0.
    let mean = (0..<size).map { k in rows.reduce(0) { $0 + Double($1[k]) } / Double(count) }
    let total = rows.reduce(0) { sum, row in
      sum + row.indices.reduce(0) { $0 + pow(Double(row[$1]) - mean[$1], 2) }
    }
    #expect(abs(found.places.reduce(0) { $0 + $1.x * $1.x } / total - found.explained[0]) < 1e-9)
    #expect(abs(found.places.reduce(0) { $0 + $1.y * $1.y } / total - found.explained[1]) < 1e-9)
    #expect(abs(found.places.reduce(0) { $0 + $1.x }) < 1e-9 * Double(count))
    #expect(found.explained[0] >= found.explained[1])
  }

  @Test(
    "the nearest are those of the definition, not the vector itself, and the first of equal ones")
  func nearest() throws {
    let rows = random(150, scales: [4, 3, 2, 1, 1, 1, 1])
    func cosine(_ a: [Float], _ b: [Float]) -> Double {
      func product(_ a: [Float], _ b: [Float]) -> Double {
        zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    }
    var index = 0
    try write(rows).forEachNearest(5) { found in
      let expected = rows.indices.filter { $0 != index }.map { cosine(rows[index], rows[$0]) }
        .sorted(by: >).prefix(5)
      #expect(found.count == 5 && !found.contains { $0.index == index })
      for (neighbour, cosineOfBest) in zip(found, expected) {
        #expect(abs(Double(neighbour.cosine) - cosineOfBest) < 1e-5)
        #expect(abs(cosine(rows[index], rows[neighbour.index]) - cosineOfBest) < 1e-5)
      }
      index += 1
    }
    #expect(index == rows.count)

    var all: [[Neighbour]] = []
    let largest = Float.greatestFiniteMagnitude
    try write([[1, 0], [0, 0], [largest, 0], [-3, 0], [0, 2]]).forEachNearest(2) { all.append($0) }
    #expect(all[0] == [.init(index: 2, cosine: 1), .init(index: 1, cosine: 0)])
    #expect(all[1] == [.init(index: 0, cosine: 0), .init(index: 2, cosine: 0)])
    #expect(all[3].map(\.index) == [1, 4])
    #expect { try write([[1], [2]]).forEachNearest(2) { _ in } } throws: {
      "\($0)".contains("has 2 vectors, so that each has 1 others; --nearest wants 2")
    }
  }

  @Test("labels of a scatter plot lie on nothing, and those left out are counted")
  func labels() {
    let rows = random(60, scales: [1, 1])
    let plot = ScatterPlot(
      title: "t", x: Axis("x"), y: Axis("y"),
      points: rows.map { ChartPoint(x: Double($0[0]), y: Double($0[1])) },
      labels: rows.indices.map { "the label of the line \($0) <&>" })
    let frame = ChartFrame("t", axes: (plot.x, plot.y), points: plot.points, size: plot.size)
    let (labels, omitted) = plot.placed(in: frame)
    #expect(labels.count + omitted == 60 && labels.count > 15)
    let boxes = labels.map { item in
      Box(
        left: item.label.x, top: item.label.y - 10,
        right: item.label.x + TextWidth.of(item.label.text, size: ChartTheme.textSize),
        bottom: item.label.y + 2)
    }
    for (index, box) in boxes.enumerated() {
      #expect(!boxes[..<index].contains(where: box.overlaps))
      #expect(box.left >= frame.left && box.right <= frame.right)
      for point in plot.points.map(frame.place) {
        #expect(
          !(box.left < point.x && point.x < box.right && box.top < point.y && point.y < box.bottom))
      }
    }
    let (svg, left) = plot.svg
    #expect(left == 0 || svg.contains("\(left) of 60 labels have no room here"))
    #expect(svg.contains("&lt;&amp;&gt;</text>") && svg.count { $0 == "z" } >= 60)
    // All on one place: one label at most lies at each of the places around it.
    let heap = ScatterPlot(
      title: "t", x: Axis("x"), y: Axis("y"),
      points: Array(repeating: ChartPoint(x: 1, y: 1), count: 200),
      labels: Array(repeating: "a label that is long", count: 200))
    #expect(heap.svg.omitted > 150)
    #expect(heap.svg.text.contains("\(heap.svg.omitted) of 200 labels have no room here"))
  }
}
