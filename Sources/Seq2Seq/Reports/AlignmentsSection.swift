/// What models with attention look at while they say their samples, as heat maps.
struct AlignmentsSection: ReportSection {
  let title = "Alignments"
  let samples: Samples
  /// Symbols of a side of a picture that can be read.
  private static let limit = 40

  func content(of runs: [LoggedRun]) throws -> [Markup] {
    var figures: [Markup] = []
    var tooLong = 0
    for group in try samples.groups(of: runs) {
      for (number, line) in group.lines.enumerated() {
        for member in group.members {
          guard let alignment = member.translations[number].hypotheses[0].alignment,
            !alignment.source.isEmpty
          else { continue }
          guard max(alignment.source.count, alignment.target.count) <= Self.limit else {
            tooLong += 1
            continue
          }
          figures.append(
            figure(
              alignment, title: "Line \(NumberText.whole(line.number))",
              caption: runs.count > 1 ? member.name : ""))
        }
      }
    }
    guard !figures.isEmpty || tooLong > 0 else { return [] }
    var lead = """
      Each row is a symbol of the translation, and shows how much the model looked at each of the \
      source, in reading order, while it said it: the stronger the colour, the more. A row is 1 in all.
      """
    if tooLong > 0 {
      lead += " \(tooLong) of more than \(Self.limit) symbols are not drawn."
    }
    return [
      .element("p", ["class": "soft"], Markup(lead)),
      .element("div", ["class": "figures"], figures),
    ]
  }

  /// The picture is often too narrow for a run's name, which stands below it.
  private func figure(_ alignment: Alignment, title: String, caption: String) -> Markup {
    let (rows, columns) = (alignment.target.map(Self.visible), alignment.source.map(Self.visible))
    let map = HeatMap(
      title: title, rows: rows, columns: columns,
      values: alignment.weights.map { $0.map(Double.init) })
    let table = Markup.table(
      [""] + columns,
      zip(rows, alignment.weights).map { row, weights in
        [.foreign(row)] + weights.map { Markup(NumberText.fixed(Double($0), digits: 2)) }
      })
    return .figure(map.element, caption: caption, table: table)
  }

  /// A symbol as it can be seen: a model of characters has blanks among its symbols.
  private static func visible(_ symbol: String) -> String {
    symbol.allSatisfy(\.isWhitespace) ? "␣" : symbol
  }
}
