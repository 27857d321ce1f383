/// Sample translations, with what else was in the beam.
struct SamplesSection: ReportSection {
  let title = "Samples"
  let samples: Samples

  func content(of runs: [LoggedRun]) throws -> [Markup] {
    let groups = try samples.groups(of: runs)
    let parts = groups.flatMap { group in
      (groups.count > 1 ? [Markup.element("h3", [:], Markup(group.text.source))] : [])
        + group.lines.indices.map { sentence($0, of: group) }
    }
    guard !parts.isEmpty else { return [] }
    let lead = """
      The number is log p of a translation: the nearer to 0, the surer the model was of it. A \
      translation opens to show all that were complete of its beam of \(samples.options.beamSize).
      """
    return [.element("p", ["class": "soft"], Markup(lead))] + parts
  }

  private func sentence(_ number: Int, of group: Samples.Group) -> Markup {
    let line = group.lines[number]
    var rows: [Markup] = [
      .element("dt", [:], "line \(NumberText.whole(line.number))"),
      .element("dd", [:], .foreign(line.source)),
    ]
    if let reference = line.reference {
      rows += [.element("dt", [:], "reference"), .element("dd", [:], .foreign(reference))]
    }
    for member in group.members {
      rows.append(.element("dt", [:], .name(member.name, look: member.look)))
      rows.append(
        .element("dd", [:], translation(member.translations[number], reference: line.reference)))
    }
    return .element("div", ["class": "sentence"], .element("dl", ["class": "lines"], rows))
  }

  private func translation(_ translation: Translation, reference: String?) -> [Markup] {
    let best = translation.hypotheses[0]
    let isExact = reference.map { Array($0.utf8) == Array(best.text.utf8) } ?? false
    let shown = [
      best.text.isEmpty
        ? .element("span", ["class": "soft"], "an empty line") : Markup.foreign(best.text),
      .element(
        "span", ["class": "soft"],
        Markup("  \(Self.score(best.score))" + (isExact ? ", exactly the reference" : ""))),
    ]
    guard translation.hypotheses.count > 1 else { return shown }
    let rows = translation.hypotheses.map {
      [Markup(Self.score($0.score)), Markup.foreign($0.text)]
    }
    let table = Markup.table(["log p", "translation"], rows, isNumeric: false)
    return [.element("details", ["class": "beam"], [.element("summary", [:], shown), table])]
  }

  private static func score(_ value: Double) -> String { NumberText.fixed(value, digits: 2) }
}
