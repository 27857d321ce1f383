/// The files that an evaluation compares, line for line.
public struct EvaluatedFiles: Sendable {
  /// Sentences; nil where none are known.
  public var source: String?
  /// What their translations should be: one file, or several with a translation of each sentence.
  public var references: [String]
  /// Translations to evaluate: those of `--hypotheses`, if no model makes them, and then what is compared
  /// with the first ones.
  public var hypotheses: [String]

  /// Names the files.
  public init(source: String? = nil, references: [String], hypotheses: [String] = []) {
    self.source = source
    self.references = references
    self.hypotheses = hypotheses
  }
}

/// What sentences are put into groups by, to be scored apart, as `--by` names it: the horizontal axes of the
/// paper's figure 3.
public enum Grouping: String, Sendable, CaseIterable {
  /// How many words a sentence has.
  case length
  /// How rare its words are: the mean of their places in the order of frequency, of which the first is 1.
  case frequency
}

extension Evaluation {
  /// How translations are evaluated.
  public struct Options: Sendable {
    /// Of the search.
    public var beamSize = 12
    /// What scores translations.
    public var metrics = [MetricKind.bleu]
    /// Of BLEU.
    public var tokenizer = BLEUTokenizer.mteval13a
    /// What the text's pieces are, if not what the model's configuration says.
    public var subwords: Subwords?
    /// How the confidence of scores is found; nil leaves it out.
    public var bootstrap: Bootstrap?
    /// What sentences are grouped by.
    public var groupings: [Grouping] = []
    /// Groups at most.
    public var groupCount = 8
    /// A vocabulary file, the most frequent word first, that says how rare words are where there is no model.
    public var vocabulary: String?

    /// The defaults of `launcher evaluate`.
    public init() {}
  }

  /// What is found of translations.
  public struct System: Sendable {
    /// The file that they are from; nil where a model made them.
    public var file: String?
    /// The fraction of them that are exactly a reference, 0...1.
    public var exact: Double
    /// By metric.
    public var scores: [Score]
  }

  /// A score of translations.
  public struct Score: Sendable {
    /// What the metric is called.
    public var metric: String
    /// 0...100.
    public var value: Double
    /// How sure it is, if that was asked for.
    public var confidence: Confidence?
    /// How likely the first translations and these would differ so much if they were equally good.
    public var pValue: Double?
  }

  /// Scores of sentences in groups.
  public struct Groups: Sendable {
    /// What the groups are by.
    public var grouping: Grouping
    /// In the order of what they are by.
    public var groups: [Group]

    /// Sentences of about one length, or of words of about one frequency.
    public struct Group: Sendable {
      /// The least and the largest length, or mean place.
      public var values: ClosedRange<Double>
      /// How many sentences.
      public var sentences: Int
      /// By translations, and then by metric.
      public var scores: [[Double]]
    }
  }
}
