import Foundation
import Testing

@testable import Seq2Seq

@Suite struct ChartTests {
  @Test func `text that is hostile stays text`() {
    let name = "<script>alert(\"1\")</script> & 'x'\u{0}\u{1B}\u{FFFF}\u{85}"
    let escaped =
      "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;"
      + "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"
    #expect(Markup(name).characters == escaped)
    #expect(
      Markup.element("p", ["title": name], Markup(name), "\(name)").characters
        == "<p title=\"\(escaped)\">\(escaped)\(escaped)</p>")
    #expect(Markup.element("td").characters == "<td></td>")
    #expect(Markup.element("path", ["d": "M0,0"]).characters == "<path d=\"M0,0\"/>")
  }

  @Test func `coordinates have a tenth of a pixel`() {
    #expect(
      [0, 1, -1, 0.04, 0.05, -0.05, 12.34, -7.96].map(\.pixels).joined(separator: " ")
        == "0 1 -1 0 0.1 -0.1 12.3 -8")
    #expect([Double.nan, .infinity, 1e300].map(\.pixels) == ["0", "0", "0"])
  }

  @Test(arguments: [
    (0.0...10.0, 6, false, "0 2 4 6 8 10"), (0...1, 6, false, "0 0.2 0.4 0.6 0.8 1.0"),
    (0...3, 8, true, "0 1 2 3"), (-3...7, 6, false, "−4 −2 0 2 4 6 8"),
    (12_000...61_000, 6, false, "10,000 20,000 30,000 40,000 50,000 60,000 70,000"),
    (0...2_500_000, 6, false, "0 0.5 M 1.0 M 1.5 M 2.0 M 2.5 M"),
    (1.0001...1.0004, 4, false, "1.0001 1.0002 1.0003 1.0004"),
    (1e-9...3e-9, 4, false, "1e−09 2e−09 3e−09"),
  ])
  func `linear ticks are 1, 2 or 5 apart and enclose the values`(
    _ ends: ClosedRange<Double>, _ count: Int, _ isWhole: Bool, _ labels: String
  ) {
    let ticks = Ticks.linear(ends, count: count, isWhole: isWhole)
    #expect(ticks.labels.joined(separator: " ") == labels)
    #expect(ticks.values.first! <= ends.lowerBound + 1e-9)
    #expect(ticks.values.last! >= ends.upperBound - 1e-9)
  }

  @Test(arguments: [
    (1.0...1000.0, 8, "1 10 100 1,000"), (3...40, 8, "2 5 10 20 50"),
    (5.2...7.1, 8, "5 6 8"), (1e-7...1e9, 6, "1e−07 0.001 10 100,000 1e09"),
  ])
  func `logarithmic ticks enclose the values`(
    _ ends: ClosedRange<Double>, _ count: Int, _ labels: String
  ) {
    let ticks = Ticks.logarithmic(ends, count: count)
    #expect(ticks.labels.joined(separator: " ") == labels)
    #expect(ticks.values.first! <= ends.lowerBound * (1 + 1e-9))
    #expect(ticks.values.last! >= ends.upperBound * (1 - 1e-9))
  }

  @Test(arguments: [
    [], [0], [7], [-1e299, 1e299], [Double.leastNonzeroMagnitude], [1e15, 1e15 + 1],
    [1e-300, 2e-300],
    [1, .nan, .infinity],
  ])
  func `any numbers have an axis`(_ values: [Double]) {
    for scale in [Axis.Scale.linear, .logarithmic] {
      let chart = LineChart(
        title: "t", x: Axis("x", isWhole: true), y: Axis("y", scale: scale),
        series: [Series("s", values)])
      #expect(!chart.svg.contains("nan") && !chart.svg.contains("inf"))
      #expect(chart.svg.count < 9000)
    }
  }

  @Test func `thinning keeps peaks and breaks`() {
    var points = (0..<100_000).map { ChartPoint(x: Double($0), y: sin(Double($0) / 1000)) }
    points[54_321].y = 9
    points[12_345].y = -9
    points[77_777].y = .nan
    let frame = ChartFrame("", axes: (Axis("x"), Axis("y")), points: points, size: .standard)
    let thinned = points.thinned(for: frame)
    #expect(thinned.count < 4 * 480)
    #expect(thinned.contains(points[54_321]) && thinned.contains(points[12_345]))
    #expect(thinned.first == points.first && thinned.last == points.last)
    #expect(thinned.count { $0.y.isNaN } == 1)
    #expect(thinned.filter(frame.hasPlace) == thinned.filter(frame.hasPlace).sorted { $0.x < $1.x })
  }

  @Test func `few points are kept as they are`() {
    let points = [3.0, 1, 2, 8].enumerated().map { ChartPoint(x: Double($0), y: $1) }
    let frame = ChartFrame("", axes: (Axis("x"), Axis("y")), points: points, size: .standard)
    #expect(points.thinned(for: frame) == points)
  }

  @Test func `labels at line ends are spread, in their order`() {
    let spread = LabelPlacement.spread([50, 51, 10, 100], gap: 15, within: 0...100)
    #expect(spread == [50, 65, 10, 100])
    #expect(LabelPlacement.spread([99, 98, 97], gap: 10, within: 0...100) == [100, 90, 80])
    #expect(LabelPlacement.spread([1, 2, 3], gap: 60, within: 0...100) == nil)
  }

  @Test func `labels beside points lie on nothing`() {
    let points = (0..<12).map { (x: 100 + Double($0), y: 100 + Double($0 % 3)) }
    let edges = Box(left: 0, top: 0, right: 300, bottom: 200)
    var placement = LabelPlacement(within: edges, points: points)
    let boxes = points.compactMap { point in
      placement.place("label", near: point).map {
        Box(
          left: $0.x, top: $0.y - 11, right: $0.x + TextWidth.of("label", size: 12),
          bottom: $0.y + 3)
      }
    }
    #expect(boxes.count >= 8)
    for (index, box) in boxes.enumerated() {
      #expect(edges.contains(box))
      #expect(!boxes[..<index].contains { $0.overlaps(box) })
      #expect(
        !points.contains {
          $0.x > box.left && $0.x < box.right && $0.y > box.top && $0.y < box.bottom
        })
    }
  }

  @Test func `a chart names its series, and says what it leaves out`() {
    var chart = LineChart(
      title: "Perplexity", x: Axis("step"), y: Axis("perplexity", scale: .logarithmic),
      series: [Series("reversed", [90, 30, 10]), Series("as read", [90, 40, 0])])
    #expect(chart.svg.contains(">reversed</text>"))
    #expect(chart.svg.contains("1 point is not drawn: not finite, or not above 0"))
    // Too long for a line's end: named above, and cut.
    chart.series[0].name = String(repeating: "long ", count: 100)
    #expect(chart.svg.contains("long lo…</text>") || chart.svg.contains("…</text>"))
    #expect(chart.svg.contains(">as read</text>"))
  }

  @Test func `series differ in colour, dashes and marks`() {
    let looks = (0..<7).map {
      ChartTheme.color(of: $0) + ChartTheme.dash(of: $0)
        + ChartTheme.marker(of: $0, 0, 0).characters
    }
    #expect(Set(looks).count == 7)
    // What have one colour differ in the rest.
    #expect(ChartTheme.dash(of: 0) != ChartTheme.dash(of: ChartTheme.colors))
  }
}
