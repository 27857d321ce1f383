/// A part of a report's page.
protocol ReportSection {
  /// What stands above it.
  var title: String { get }
  /// What it says of the runs.
  ///
  /// - Returns: nothing if the runs have nothing for it; it is left out then.
  /// - Throws: `InputError` naming a file that cannot be used.
  func content(of runs: [LoggedRun]) throws -> [Markup]
}

// What sections are made of.
extension Markup {
  /// A paragraph.
  static func paragraph(_ text: String) -> Markup { .element("p", [:], Markup(text)) }

  /// A picture with what it shows, and the numbers behind it.
  static func figure(
    _ picture: Markup, caption: String = "", table: Markup? = nil, isWide: Bool = false
  ) -> Markup {
    // A wide picture scrolls on a narrow screen, where its letters would become too small.
    var parts =
      isWide ? [.element("div", ["class": "scroll", "tabindex": "0"], picture)] : [picture]
    if !caption.isEmpty { parts.append(.element("figcaption", [:], Markup(caption))) }
    if let table { parts.append(.details("The numbers", [table])) }
    return .element("figure", ["class": isWide ? "wide" : "half"], parts)
  }

  /// What is shown where somebody asks for it.
  static func details(_ summary: String, _ content: [Markup]) -> Markup {
    .element("details", [:], [.element("summary", [:], Markup(summary))] + content)
  }

  /// A table; it scrolls by itself where it is wider than the page.
  ///
  /// - Parameters:
  ///   - header: of the columns, the first of which names the row.
  ///   - rows: cells; those after the first are numbers where `isNumeric`.
  static func table(
    _ header: [String], _ rows: [[Markup]], isNumeric: Bool = true
  ) -> Markup {
    let style = isNumeric ? "numbers" : "words"
    let head = header.map { Markup.element("th", ["scope": "col"], Markup($0)) }
    let body = rows.map { cells in
      Markup.element(
        "tr", [:],
        cells.enumerated().map { index, cell in
          index == 0
            ? .element("th", ["scope": "row"], cell) : .element("td", [:], cell)
        })
    }
    return .element(
      "div", ["class": "scroll", "tabindex": "0"],
      .element(
        "table", ["class": style], .element("thead", [:], .element("tr", [:], head)),
        .element("tbody", [:], body)))
  }

  /// A text of any language, whose direction is its own matter.
  static func foreign(_ text: String, _ style: String = "") -> Markup {
    .element("bdi", style.isEmpty ? [:] : ["class": style], Markup(text))
  }

  /// A run's name beside its mark.
  static func name(_ name: String, look: Int) -> Markup {
    let line = Markup.element(
      "path",
      [
        "class": "line \(ChartTheme.color(of: look))", "d": "M0,7h22",
        "stroke-dasharray": ChartTheme.dash(of: look),
      ])
    return .element(
      "span", ["class": "run"],
      .element(
        "svg",
        ["class": "chart sample", "viewBox": "0 0 22 14", "aria-hidden": "true"],
        line, ChartTheme.marker(of: look, 11, 7)),
      .foreign(name))
  }
}
