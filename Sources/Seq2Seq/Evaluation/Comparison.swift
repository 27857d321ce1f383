/// Translations beside what they should be, in words.
struct Comparison {
  private(set) var sentences = 0
  private let files: EvaluatedFiles
  private let options: Evaluation.Options
  private let metrics: [any Metric]
  private let subwords: Subwords
  private var systems: [System]
  private var suspicions: [SubwordSuspicion]
  private var measures: SentenceMeasures?
  /// Of each grouping, the sentences' numbers.
  private var values: [[Double]]

  /// What was counted of one kind of translations.
  private struct System {
    let file: String?
    var exact = 0
    /// Lines that end as tokenised text does.
    var tokenised = 0
    /// By metric, over all sentences.
    var sums: [[Int]]
    /// By metric; of no sentence where only the sums are needed.
    var counts: [SentenceCounts]
  }

  /// Begins a comparison.
  ///
  /// - Parameters:
  ///   - files: where the lines are from.
  ///   - hasModel: whether a model's translations come before those in files.
  ///   - options: how.
  ///   - subwords: what the pieces of all texts are.
  ///   - measures: what sentences are grouped by.
  init(
    _ files: EvaluatedFiles, hasModel: Bool, options: Evaluation.Options, subwords: Subwords,
    measures: SentenceMeasures?
  ) {
    self.files = files
    self.options = options
    self.subwords = subwords
    self.measures = measures
    let metrics = options.metrics.map { $0.metric(tokenizer: options.tokenizer) }
    self.metrics = metrics
    systems = ((hasModel ? [nil] : []) + files.hypotheses.map(Optional.some)).map {
      System(
        file: $0, sums: metrics.map { [Int](repeating: 0, count: $0.width) },
        counts: metrics.map { SentenceCounts(width: $0.width) })
    }
    suspicions = files.references.map { _ in SubwordSuspicion() }
    values = options.groupings.map { _ in [] }
  }

  /// Adds a line of all texts: the source's, the references', and the translations, the model's first.
  mutating func add(_ row: [String], translation: String? = nil) {
    sentences += 1
    let references = row[1...files.references.count]
    let hypotheses = (translation.map { [$0] } ?? []) + row[(1 + files.references.count)...]
    for (index, line) in references.enumerated() where subwords == .words {
      suspicions[index].look(at: line)
    }
    for (index, value) in measure(row).enumerated() { values[index].append(value) }
    let words = references.map(subwords.words)
    for (index, hypothesis) in hypotheses.enumerated() {
      add(subwords.words(of: hypothesis), references: words, to: index)
    }
  }

  private mutating func measure(_ row: [String]) -> [Double] {
    measures?.measure(files.source == nil ? row[1] : row[0], by: options.groupings) ?? []
  }

  private mutating func add(_ hypothesis: String, references: [String], to system: Int) {
    // Strings that look the same may be equal; lines of a text are the same where their bytes are.
    if references.contains(where: { $0.utf8.elementsEqual(hypothesis.utf8) }) {
      systems[system].exact += 1
    }
    if hypothesis.utf8.suffix(2).elementsEqual(" .".utf8) { systems[system].tokenised += 1 }
    for (index, metric) in metrics.enumerated() {
      let counts = metric.counts(of: hypothesis, references: references)
      for (place, count) in counts.enumerated() { systems[system].sums[index][place] += count }
      if options.bootstrap != nil || measures != nil {
        systems[system].counts[index].append(counts)
      }
    }
  }

  // MARK: What comes of it

  /// What each metric is called in full.
  var signatures: [String] {
    metrics.map {
      $0.signature(references: files.references.count, bootstrap: options.bootstrap)
    }
  }

  /// What was found of each kind of translations.
  var results: [Evaluation.System] {
    var results = systems.map { system in
      Evaluation.System(
        file: system.file, exact: Double(system.exact) / Double(max(sentences, 1)),
        scores: zip(metrics, system.sums).map {
          Evaluation.Score(metric: $0.name, value: $0.score($1))
        })
    }
    guard let bootstrap = options.bootstrap else { return results }
    for (index, metric) in metrics.enumerated() {
      let scores = bootstrap.scores(of: systems.map { $0.counts[index] }, by: metric)
      for system in systems.indices {
        results[system].scores[index].confidence = Confidence(scores[system])
        guard system > 0 else { continue }
        results[system].scores[index].pValue = Confidence.pValue(
          (scores[0], scores[system]),
          difference: results[system].scores[index].value - results[0].scores[index].value)
      }
    }
    return results
  }

  /// Scores of sentences in groups.
  var groups: [Evaluation.Groups] {
    zip(options.groupings, values).map { grouping, values in
      Evaluation.Groups(
        grouping: grouping,
        groups: SentenceGroups(by: values, count: options.groupCount).groups.map { group in
          Evaluation.Groups.Group(
            values: group.values, sentences: group.sentences.count,
            scores: systems.map { system in
              zip(metrics, system.counts).map { $0.score($1.sum(of: group.sentences)) }
            })
        })
    }
  }

  /// What the user should know.
  var warnings: [String] {
    var warnings = zip(suspicions, files.references).compactMap { $0.warning(of: $1) }
    let expectsText = [.mteval13a, .international].contains(options.tokenizer)
    if options.metrics.contains(.bleu), expectsText {
      warnings += systems.compactMap(tokenisedWarning)
    }
    // A model's own words are warned of where it reads them.
    if let path = options.vocabulary, let words = measures?.words {
      warnings += [words.warning(of: files.source ?? files.references[0], vocabulary: path)]
        .compactMap { $0 }
    }
    return warnings
  }

  /// sacreBLEU warns of as many lines.
  private func tokenisedWarning(_ system: System) -> String? {
    guard system.tokenised >= 100 else { return nil }
    return
      "\(system.tokenised) of the \(sentences) lines of \(system.file ?? "the translations") end in "
      + "' .' as tokenised text does, so BLEU does not compare with that of text; put words and "
      + "marks together before, or pass --tokenize none"
  }
}
