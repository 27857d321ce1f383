/// The configurations, and where they differ.
struct ConfigurationSection: ReportSection {
  let title = "Configuration"

  func content(of runs: [LoggedRun]) -> [Markup] {
    let known = runs.enumerated().filter { $0.element.configuration != nil }
    guard !known.isEmpty else { return [] }
    let names = known.map { $0.element.name }
    let rows = Self.rows(known.compactMap { $0.element.configuration })
    func table(_ rows: [Row]) -> Markup {
      .table(
        ["key"] + names,
        rows.map { row in
          [.element("code", [:], Markup(row.key))]
            + row.values.map { value in
              value.isEmpty
                ? "–"
                : .element(
                  "code", row.differs && known.count > 1 ? ["class": "differs"] : [:], Markup(value)
                )
            }
        }, isNumeric: false)
    }
    let different = rows.filter(\.differs)
    var parts: [Markup] = []
    if known.count > 1 {
      parts.append(
        different.isEmpty
          ? .paragraph("The runs have one configuration, but for their output folders.")
          : .element("h3", [:], "Where the runs differ") + table(different))
    }
    return parts + [.details("All keys", [table(rows)])]
  }

  /// A key with its values.
  struct Row: Equatable {
    let key: String
    /// One of each configuration, empty where it has none.
    let values: [String]
    /// Whether they are not all equal; where a run's output goes is no difference.
    var differs: Bool { Set(values).count > 1 && key != "training.output" }
  }

  /// All keys that some configuration has, as they are written; paths from the working folder.
  static func rows(_ configurations: [Configuration]) -> [Row] {
    let here = absolutePath(".")
    return ConfigurationKey.all.compactMap { key in
      let values = configurations.map { configuration in
        guard let text = key.text(configuration) else { return "" }
        return key.isPath ? relativePath(of: text, from: here) : text
      }
      return values.allSatisfy(\.isEmpty) ? nil : Row(key: key.name, values: values)
    }
  }
}
