import ArgumentParser
import Foundation
import Seq2Seq

/// `launcher project`
struct ProjectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "project",
    abstract: "Print where vectors lie along their first two principal components.",
    discussion: """
      A table with tabs: a line of each vector, with its label, x and y, and with --nearest its nearest \
      other vectors by cosine. The first line names the columns, and says which part of all variance \
      lies along x and y.
      """)

  @Argument(
    help: "A file of vectors (.npy), as 'launcher embed' writes them.",
    completion: .file(extensions: ["npy"]))
  var vectors: String

  @Option(
    help:
      "A file with the label of each vector, line for line; without it, labels are line numbers.",
    completion: .file())
  var labels: String?

  @Option(help: "A picture to write (.svg).", completion: .file(extensions: ["svg"]))
  var chart: String?

  @Option(help: "How many of the nearest other vectors to print of each.")
  var nearest: Int?

  func validate() throws {
    guard nearest.map({ (1...1000).contains($0) }) ?? true else {
      throw ValidationError("--nearest must be from 1 to 1000")
    }
  }

  func run() throws {
    if let chart {
      try refuseReplacing("--chart", chart, inputs: [vectors, labels])
      try AtomicFile.check(chart)
      try warnOfReplacing(chart)
    }
    let file = try VectorFile(vectors)
    let labels = try labels(count: file.count)
    let components = try file.principalComponents()
    let parts = components.explained.map { "\(number(100 * $0, digits: 2)) %" }
    var columns = ["label", "x (\(parts[0]))", "y (\(parts[1]))"]
    for place in 0..<(nearest ?? 0) { columns += ["nearest \(place + 1)", "cosine"] }
    let header = columns.joined(separator: "\t")
    if let nearest {
      var index = 0
      try file.forEachNearest(nearest) {
        if index == 0 { try StandardOutput.line(header) }
        try print(index, labels, components, neighbours: $0)
        index += 1
      }
    } else {
      try StandardOutput.line(header)
      for index in labels.indices { try print(index, labels, components, neighbours: []) }
    }
    if let chart { try draw(components, labels: labels, to: chart) }
  }

  private func print(
    _ index: Int, _ labels: [String], _ components: PrincipalComponents, neighbours: [Neighbour]
  ) throws {
    let place = components.places[index]
    var fields = [labels[index], Self.text(place.x), Self.text(place.y)]
    for neighbour in neighbours {
      fields += [labels[neighbour.index], String(format: "%.5f", neighbour.cosine)]
    }
    try StandardOutput.line(fields.joined(separator: "\t"))
  }

  private static func text(_ value: Double) -> String { String(format: "%.7g", value) }

  /// The labels, without tabs.
  private func labels(count: Int) throws -> [String] {
    guard let labels else { return (0..<count).map { "\($0 + 1)" } }
    var (lines, texts) = (try TextFile(labels).lines, [String]())
    while let line = try lines.next() {
      texts.append(String(decoding: line.utf8.map { $0 == 0x09 ? 0x20 : $0 }, as: UTF8.self))
    }
    guard texts.count == count else {
      throw InputError(
        "\(labels) has \(texts.count) lines, and \(vectors) \(count) vectors; line n must be the label "
          + "of vector n")
    }
    return texts
  }

  private func draw(
    _ components: PrincipalComponents, labels: [String], to path: String
  ) throws {
    let (text, omitted) = components.plot(
      "The first two principal components", labels: labels, digits: 2
    ).svg
    try AtomicFile.write(text, to: path)
    if omitted > 0 {
      printWarning(
        "\(path): \(grouped(omitted)) of \(grouped(labels.count)) labels have no room and are left out"
      )
    }
  }
}
