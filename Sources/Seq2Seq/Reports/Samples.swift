import Foundation

/// What to translate as samples.
public struct SampleOptions: Sendable {
  /// Lines.
  public var count = 5
  /// A file of sentences; nil for each run's own validation text.
  public var source: String?
  /// Their translations.
  public var target: String?
  /// Partial hypotheses kept per sentence.
  public var beamSize = 12

  /// Five lines of the validation text.
  public init() {}
}

/// Lines translated by each run's model; once, as long as its weights are the same.
final class Samples {
  let options: SampleOptions
  private var cache: [String: (key: Key, translations: [Translation])] = [:]

  /// What a run's translations follow from.
  private struct Key: Equatable {
    let model: [FileState?]
    let lines: [SampleLine]
  }

  /// A text with the runs whose models translated it.
  struct Group {
    let text: SampleText
    let lines: [SampleLine]
    var members: [Member]
  }

  /// A run with its translations of the lines.
  struct Member {
    /// Which of the page's runs it is.
    let look: Int
    let name: String
    let translations: [Translation]
  }

  init(_ options: SampleOptions) { self.options = options }

  /// The texts, each with its runs: those on one text stand beside one another.
  ///
  /// - Throws: `InputError` naming the file of a text or a model.
  func groups(of runs: [LoggedRun]) throws -> [Group] {
    guard options.count > 0 else { return [] }
    var groups: [Group] = []
    for (look, run) in runs.enumerated() {
      guard let text = SampleText(options, of: run) else { continue }
      let index =
        try groups.firstIndex { $0.text == text }
        ?? {
          groups.append(Group(text: text, lines: try text.lines(options), members: []))
          return groups.count - 1
        }()
      let translations = try translations(of: groups[index].lines, by: run)
      groups[index].members.append(
        Member(look: look, name: run.name, translations: translations))
    }
    return groups
  }

  private func translations(of lines: [SampleLine], by run: LoggedRun) throws -> [Translation] {
    let key = Key(model: run.modelState, lines: lines)
    if let known = cache[run.path], known.key == key { return known.translations }
    let ensemble = Ensemble(try TrainedModel(folder: run.path))
    var wanted = TranslationOptions(search: SearchOptions(beamSize: options.beamSize))
    wanted.search.nBest = options.beamSize
    if ensemble.configuration.model.attention != .none { wanted.alignments = .weights }
    let translations = try Translator(ensemble, wanted).translate(lines.map(\.source))
    cache[run.path] = (key, translations)
    return translations
  }
}

/// A line that is translated.
struct SampleLine: Equatable {
  /// Its number in the file, from 1.
  let number: Int
  let source: String
  let reference: String?
}

/// A text that samples are taken from.
struct SampleText: Equatable {
  let source: String
  let target: String?
  /// Whether the user chose it, and so the lines: its first ones.
  let isChosen: Bool
  /// Words of a line that is taken where nobody chose.
  private static let wordLimit = 25

  /// That of a run.
  ///
  /// - Returns: nil if there is none, or no model to read it.
  init?(_ options: SampleOptions, of run: LoggedRun) {
    guard run.parameters != nil, let configuration = run.configuration,
      configuration.model.type.hasSource
    else { return nil }
    self.init(options, configuration)
  }

  /// - Returns: nil if there is none.
  init?(_ options: SampleOptions, _ configuration: Configuration) {
    isChosen = options.source != nil
    guard let source = options.source ?? configuration.data.validationSource else { return nil }
    self.source = source
    target = isChosen ? options.target : configuration.data.validationTarget
  }

  /// The lines: the first ones of a text that was chosen, or else short ones from all over it.
  ///
  /// - Throws: `InputError` naming the file, or that the translations have fewer lines.
  func lines(_ options: SampleOptions) throws -> [SampleLine] {
    var sources = try TextFile(source).lines
    var targets = try target.map { try TextFile($0).lines }
    var lines: [SampleLine] = []
    while let text = try sources.next() {
      let reference = try targets?.next()
      guard targets == nil || reference != nil else {
        throw InputError("\(target ?? "") has fewer lines than \(source)")
      }
      let words = text.split(separator: " ", maxSplits: Self.wordLimit + 1).count
      guard isChosen || (1...Self.wordLimit).contains(words) else { continue }
      lines.append(SampleLine(number: sources.number, source: text, reference: reference))
      if isChosen, lines.count == options.count { break }
    }
    guard lines.count > options.count else { return lines }
    return (0..<options.count).map { lines[(2 * $0 + 1) * lines.count / (2 * options.count)] }
  }
}
