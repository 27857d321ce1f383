import Foundation
import Seq2Seq

/// What an evaluation has found, as lines and tables for people, and as charts.
struct EvaluationReport {
  private let evaluation: Evaluation
  /// What sentences were grouped by: `source` or `reference`.
  private let side: String
  /// What sentences are made of: a model's symbols may be pieces of words, or characters.
  private let unit: String

  init(_ evaluation: Evaluation, hasSource: Bool) {
    self.evaluation = evaluation
    side = hasSource ? "source" : "reference"
    unit = evaluation.perplexity == nil ? "words" : "symbols"
  }

  /// Names and values, a line each.
  var lines: [String] {
    var rows: [(String, String)] = []
    if let symbols = evaluation.symbols { rows.append(("symbols", grouped(symbols))) }
    if let perplexity = evaluation.perplexity {
      rows.append(("perplexity", number(perplexity, digits: 3)))
    }
    for (index, system) in evaluation.systems.enumerated() {
      if index > 0 { rows.append(("compared", (system.file ?? "").asMessage(limit: 200))) }
      rows.append(("exact", "\(number(100 * system.exact, digits: 2)) %"))
      for (score, signature) in zip(system.scores, evaluation.signatures) {
        rows.append((score.metric, Self.text(score)))
        if index == 0 { rows.append(("signature", signature)) }
      }
    }
    return rows.map { $0.padded(to: 12) + $1 }
  }

  private static func text(_ score: Evaluation.Score) -> String {
    var text = number(score.value, digits: 2)
    if let confidence = score.confidence {
      text +=
        "   μ = \(number(confidence.mean, digits: 2)) ± \(number(confidence.interval, digits: 2))"
    }
    if let pValue = score.pValue { text += "   p = \(number(pValue, digits: 4))" }
    return text
  }

  // MARK: Groups

  /// A table for each grouping.
  var tables: [String] {
    evaluation.groups.flatMap { groups in
      let columns = names.flatMap { name in
        evaluation.systems[0].scores.map { name.isEmpty ? $0.metric : "\($0.metric) \(name)" }
      }
      let header =
        column(of: groups).padded(to: 14) + "sentences".padded(to: 12)
        + columns.map { $0.padded(to: 10) }.joined()
      let rows = groups.groups.map { group in
        group.label.padded(to: 14) + grouped(group.sentences).padded(to: 12)
          + zip(columns, group.scores.joined()).map {
            number($1, digits: 2).padded(to: max(10, $0.count + 1))
          }.joined()
      }
      return ["", "by \(title(of: groups))"]
        + ([header] + rows).map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  private func title(of groups: Evaluation.Groups) -> String {
    switch groups.grouping {
    case .length: "length of the \(side), in \(unit)"
    case .frequency: "mean frequency rank of the \(side)'s \(unit)"
    }
  }

  private func column(of groups: Evaluation.Groups) -> String {
    groups.grouping == .length ? unit : "mean rank"
  }

  /// What tells translations apart; the first ones need no name if they are alone.
  private var names: [String] {
    evaluation.systems.count == 1
      ? [""]
      : evaluation.systems.map { system in
        system.file.map { URL(fileURLWithPath: $0).lastPathComponent.asMessage(limit: 24) }
          ?? "model"
      }
  }

  /// A chart for each grouping, of the first metric, with a line for each kind of translations.
  var charts: [String] {
    let metric = evaluation.systems[0].scores[0].metric
    return evaluation.groups.map { groups in
      let series = names.enumerated().map { index, name in
        Series(name, groups.groups.map { $0.scores[index][0] })
      }
      var chart = LineChart(
        title: "\(metric) by \(title(of: groups))",
        x: Axis(column(of: groups), bins: groups.groups.map(\.label)), y: Axis(metric),
        series: series)
      // Room for the labels of the bins.
      chart.size.width = max(chart.size.width, 120 + 68 * Double(groups.groups.count))
      return chart.svg
    }
  }
}

extension Evaluation.Groups.Group {
  /// Its least and its largest number, rounded.
  fileprivate var label: String {
    let (low, high) = (number(values.lowerBound, digits: 0), number(values.upperBound, digits: 0))
    return low == high ? low : "\(low)–\(high)"
  }
}
