/// Colours and letters of charts, for light and dark screens and for paper.
///
/// A series is told by colour, dashes and markers at once. The colours follow Okabe and Ito's
/// ("Color Universal Design", 2008), which people with any kind of colour blindness can tell apart,
/// made darker on white and lighter on black until lines have a contrast of 3 to 1.
enum ChartTheme {
  /// Fonts that all have about one width.
  static let fonts = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

  /// Of titles, in pixels.
  static let titleSize = 16.0
  /// Of everything else.
  static let textSize = 13.0

  private static let light = [
    "#0072b2", "#c65400", "#008763", "#a84f86", "#9a6a00", "#444444", "#2a8cc0",
  ]
  private static let dark = [
    "#56b4e9", "#ff8c42", "#2fc79b", "#e39ac6", "#e6b93d", "#dddddd", "#f0e442",
  ]
  private static let dashes = ["none", "7 3", "2 2.5", "9 3 2 3", "4 2"]

  /// How many series have a colour of their own.
  static let colors = light.count

  /// The class of a series.
  static func color(of series: Int) -> String { "c\(series % colors)" }

  /// The class of what is filled with a series' colour.
  static func fill(of series: Int) -> String { "m\(series % colors)" }

  /// How a series' line is broken, as `stroke-dasharray` has it.
  static func dash(of series: Int) -> String { dashes[series % dashes.count] }

  /// The style sheet of charts, for a file or a page.
  static let css =
    """
    .chart { font-family: \(fonts); font-size: \(textSize.pixels)px; }
    .chart text { fill: #333; }
    .chart .title { font-size: \(titleSize.pixels)px; font-weight: 600; fill: #111; }
    .chart .soft { fill: #5c5c5c; }
    .chart .paper { fill: #fff; }
    .chart .grid { stroke: #e4e4e4; stroke-width: 1; fill: none; }
    .chart .base { stroke: #8a8a8a; stroke-width: 1; fill: none; }
    .chart .leader { stroke: #b5b5b5; stroke-width: 0.8; fill: none; }
    .chart .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
    .chart .thin { fill: none; stroke-width: 1; stroke-linejoin: round; opacity: 0.75; }
    \(rules(light))
    @media screen and (prefers-color-scheme: dark) {
    .chart text { fill: #d4d4d4; }
    .chart .title { fill: #f2f2f2; }
    .chart .soft { fill: #a6a6a6; }
    .chart .paper { fill: #16181b; }
    .chart .grid { stroke: #33373c; }
    .chart .base { stroke: #7d838a; }
    .chart .leader { stroke: #5a6067; }
    \(rules(dark))
    }

    """

  private static func rules(_ colors: [String]) -> String {
    colors.enumerated().map { index, color in
      ".chart .c\(index) { stroke: \(color); } .chart .m\(index) { fill: \(color); stroke: none; }"
    }.joined(separator: "\n")
  }

  /// The mark of a series' points, around a place.
  static func marker(of series: Int, _ x: Double, _ y: Double) -> Markup {
    let shape = [
      "m-3.2,0a3.2,3.2 0 1,0 6.4,0a3.2,3.2 0 1,0 -6.4,0z", "m-2.9,-2.9h5.8v5.8h-5.8z",
      "m0,-4l3.8,6.4h-7.6z", "m0,-4.2l4.2,4.2l-4.2,4.2l-4.2,-4.2z", "m0,4l3.8,-6.4h-7.6z",
      "m-1.3,-3.9h2.6v2.6h2.6v2.6h-2.6v2.6h-2.6v-2.6h-2.6v-2.6h2.6z",
    ]
    return .element(
      "path",
      [
        "class": fill(of: series),
        "d": "M\(x.pixels),\(y.pixels)" + shape[series % shape.count],
      ])
  }
}
