import Distributed

/// A key of `config.yaml`: how it is written, read and what it may be.
///
/// One table of these serves the file, `--set`, the complete configuration that a run writes, and
/// the proposals for misspelt keys.
struct ConfigurationKey: Sendable {
  /// `section.name`.
  let name: String
  /// Whether the value is a path, relative to the file it stands in.
  let isPath: Bool
  /// The value as text, or nil if there is none.
  let text: @Sendable (Configuration) -> String?
  /// Sets the value, or returns what it must be.
  let set: @Sendable (inout Configuration, String) -> String?
  /// Gives the key its default.
  let reset: @Sendable (inout Configuration) -> Void

  /// All keys, in the order in which they are written.
  static let all: [ConfigurationKey] = [
    choice("model.type", \.model.type),
    choice("model.cell", \.model.cell),
    choice("model.attention", \.model.attention),
    integer("model.selfAttention", \.model.selfAttention, 0...1_000_000),
    boolean("model.peeky", \.model.peeky),
    choice("model.handOver", \.model.handOver),
    number("model.dropout", \.model.dropout, 0...0.99),
    boolean("model.tiedEmbeddings", \.model.tiedEmbeddings),
    choice("model.init", \.model.start),
    number("model.forgetBias", \.model.forgetBias, -100...100),
    integer("model.layers", \.model.layers, 1...1000),
    integer("model.hiddenSize", \.model.hiddenSize, 1...1_000_000),
    integer("model.embeddingSize", \.model.embeddingSize, 1...1_000_000),
    number("model.initRange", \.model.initRange, 0...1000),
    path("data.source", \.data.source),
    path("data.target", \.data.target),
    path("data.validationSource", \.data.validationSource),
    path("data.validationTarget", \.data.validationTarget),
    integer("data.sourceVocabularySize", \.data.sourceVocabularySize, 3...Int(Int32.max)),
    integer("data.targetVocabularySize", \.data.targetVocabularySize, 3...Int(Int32.max)),
    path("data.sourceVocabulary", \.data.sourceVocabulary),
    path("data.targetVocabulary", \.data.targetVocabulary),
    choice("data.tokenizer", \.data.tokenizer),
    choice("data.subwords", \.data.subwords),
    boolean("data.reverseSource", \.data.reverseSource),
    integer("data.maxLength", \.data.maxLength, 1...1_000_000),
    choice("data.order", \.data.order),
    path("data.prepared", \.data.prepared),
    path("training.output", \.training.output),
    integer("training.batchSize", \.training.batchSize, 1...10_000_000),
    choice("training.optimizer", \.training.optimizer),
    optionalNumber(
      "training.learningRate", \.training.learningRate, \.training.initialLearningRate, 0...1e6,
      canBeNever: false),
    optionalNumber(
      "training.halveAfterEpoch", \.training.halveAfterEpoch, \.training.firstHalvingEpoch, 0...1e9,
      canBeNever: true),
    number("training.halveEveryEpochs", \.training.halveEveryEpochs, 1e-6...1e9),
    number("training.clipNorm", \.training.clipNorm, 1e-9...1e9),
    number("training.epochs", \.training.epochs, 0...1e6),
    optionalInteger("training.steps", \.training.steps, 0...Int.max),
    integer("training.seed", \.training.seed, 0...Int.max),
    integer("training.logEverySteps", \.training.logEverySteps, 1...Int.max),
    optionalInteger("training.validateEverySteps", \.training.validateEverySteps, 1...Int.max),
    ConfigurationKey.lossUnit,
    integer("training.blockLength", \.training.blockLength, 1...1_000_000),
    boolean("training.stateful", \.training.stateful),
    boolean("training.ignoreUnknown", \.training.ignoreUnknown),
    boolean("training.validateExact", \.training.validateExact),
    ConfigurationKey("parallel.data", \.parallel.data, text: { $0.map { "\($0)" } ?? "auto" }) {
      text in
      if text == "auto" { return .value(nil) }
      guard let count = yamlInteger(text), ranks.contains(count) else {
        return .wanted("auto or a number from 1 to \(ranks.upperBound)")
      }
      return .value(count)
    },
    integer("parallel.layers", \.parallel.layers, 1...1000),
    ConfigurationKey("parallel.softmax", \.parallel.softmax, text: { $0.text }) { text in
      switch (text, yamlInteger(text)) {
      // The second word is that of configurations written before there was the first.
      case ("sharded", _), ("shared", _): return .value(.sharded)
      case (_, 0): return .value(.onLastStage)
      case (_, let count?) where ranks.contains(count): return .value(.dedicated(count))
      default: return .wanted("0, a number of ranks, or sharded")
      }
    },
    choice("parallel.exchange", \.parallel.exchange),
    integer("parallel.chunkSteps", \.parallel.chunkSteps, 1...1_000_000),
  ]

  /// Ranks that a run may have.
  private static let ranks = 1...65536

  /// What a text is read as.
  private enum Reading<Value> {
    case value(Value)
    /// Not allowed; this is.
    case wanted(String)
  }

  /// A key that is a property of a configuration.
  private init<Value: Sendable>(
    _ name: String, isPath: Bool = false,
    _ path: WritableKeyPath<Configuration, Value> & Sendable,
    text: @escaping @Sendable (Value) -> String?,
    read: @escaping @Sendable (String) -> Reading<Value>
  ) {
    self.name = name
    self.isPath = isPath
    self.text = { text($0[keyPath: path]) }
    set = { configuration, text in
      switch read(text) {
      case .value(let value):
        configuration[keyPath: path] = value
        return nil
      case .wanted(let wanted): return wanted
      }
    }
    reset = { $0[keyPath: path] = Configuration()[keyPath: path] }
  }

  private static func integer(
    _ name: String, _ path: WritableKeyPath<Configuration, Int> & Sendable,
    _ range: ClosedRange<Int>
  ) -> ConfigurationKey {
    ConfigurationKey(name, path, text: { "\($0)" }) { text in
      guard let value = yamlInteger(text), range.contains(value) else {
        return .wanted(wholeNumber(in: range))
      }
      return .value(value)
    }
  }

  private static func optionalInteger(
    _ name: String, _ path: WritableKeyPath<Configuration, Int?> & Sendable,
    _ range: ClosedRange<Int>
  ) -> ConfigurationKey {
    ConfigurationKey(name, path, text: { $0.map { "\($0)" } }) { text in
      guard let value = yamlInteger(text), range.contains(value) else {
        return .wanted(wholeNumber(in: range))
      }
      return .value(value)
    }
  }

  private static func number(
    _ name: String, _ path: WritableKeyPath<Configuration, Double> & Sendable,
    _ range: ClosedRange<Double>
  ) -> ConfigurationKey {
    ConfigurationKey(name, path, text: { "\($0)" }) { text in
      guard let value = yamlNumber(text), range.contains(value) else {
        return .wanted("a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return .value(value)
    }
  }

  private static func optionalNumber(
    _ name: String, _ path: WritableKeyPath<Configuration, Double?> & Sendable,
    _ effective: KeyPath<Configuration, Double> & Sendable, _ range: ClosedRange<Double>,
    canBeNever: Bool
  ) -> ConfigurationKey {
    let key = ConfigurationKey(name, path, text: { $0.map { "\($0)" } }) { text in
      if canBeNever, text == "never" { return .value(.infinity) }
      guard let value = yamlNumber(text), range.contains(value) else {
        return .wanted(
          "a number from \(range.lowerBound) to \(range.upperBound)"
            + (canBeNever ? ", or never" : ""))
      }
      return .value(value)
    }
    return ConfigurationKey(
      name: name, isPath: false,
      text: { $0[keyPath: effective].isFinite ? "\($0[keyPath: effective])" : "never" },
      set: key.set, reset: key.reset)
  }

  /// `training.lossPer`, whose default depends on `model.type`.
  private static var lossUnit: ConfigurationKey {
    let key = ConfigurationKey(
      "training.lossPer", \.training.lossPer, text: { $0?.rawValue }
    ) { text in
      Configuration.Training.LossUnit(rawValue: text).map { .value($0) }
        ?? .wanted(Configuration.Training.LossUnit.names)
    }
    return ConfigurationKey(
      name: key.name, isPath: false, text: { $0.lossUnit.rawValue }, set: key.set,
      reset: key.reset)
  }

  private static func boolean(
    _ name: String, _ path: WritableKeyPath<Configuration, Bool> & Sendable
  ) -> ConfigurationKey {
    ConfigurationKey(name, path, text: { "\($0)" }) { text in
      yamlBool(text).map { .value($0) } ?? .wanted("true or false")
    }
  }

  private static func path(
    _ name: String, _ path: WritableKeyPath<Configuration, String?> & Sendable
  ) -> ConfigurationKey {
    ConfigurationKey(name, isPath: true, path, text: { $0 }) { text in
      text.utf8.contains(0) || text.utf8.count > 4095 ? .wanted("a path") : .value(text)
    }
  }

  private static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ path: WritableKeyPath<Configuration, Value> & Sendable
  ) -> ConfigurationKey where Value.RawValue == String {
    ConfigurationKey(name, path, text: { $0.rawValue }) { text in
      Value(rawValue: text).map { .value($0) } ?? .wanted(Value.names)
    }
  }

  private init(
    name: String, isPath: Bool, text: @escaping @Sendable (Configuration) -> String?,
    set: @escaping @Sendable (inout Configuration, String) -> String?,
    reset: @escaping @Sendable (inout Configuration) -> Void
  ) {
    (self.name, self.isPath, self.text, self.set, self.reset) = (name, isPath, text, set, reset)
  }

  private static func wholeNumber(in range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "a whole number from \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
  /// All of them, for messages.
  fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension ProcessGrid.Softmax {
  /// As `parallel.softmax` is written.
  var text: String {
    switch self {
    case .onLastStage: "0"
    case .dedicated(let count): "\(count)"
    case .sharded: "sharded"
    }
  }
}
