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

  /// All keys, in the order in which they are written.
  static let all: [ConfigurationKey] = [
    choice("model.type", \.model.type),
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
    ConfigurationKey(
      name: "data.reverseSource", isPath: false, text: { "\($0.data.reverseSource)" },
      set: { configuration, text in
        guard let value = Bool(text) else { return "true or false" }
        configuration.data.reverseSource = value
        return nil
      }),
    integer("data.maxLength", \.data.maxLength, 1...1_000_000),
    choice("data.order", \.data.order),
    path("data.prepared", \.data.prepared),
    path("training.output", \.training.output),
    integer("training.batchSize", \.training.batchSize, 1...10_000_000),
    choice("training.optimizer", \.training.optimizer),
    optionalNumber(
      "training.learningRate", \.training.learningRate, \.training.initialLearningRate, 0...1e6),
    optionalNumber(
      "training.halveAfterEpoch", \.training.halveAfterEpoch, \.training.firstHalvingEpoch, 0...1e9),
    number("training.halveEveryEpochs", \.training.halveEveryEpochs, 1e-6...1e9),
    number("training.clipNorm", \.training.clipNorm, 1e-9...1e9),
    number("training.epochs", \.training.epochs, 0...1e6),
    optionalInteger("training.steps", \.training.steps, 0...Int.max),
    integer("training.seed", \.training.seed, 0...Int.max),
    integer("training.logEverySteps", \.training.logEverySteps, 1...Int.max),
    optionalInteger("training.validateEverySteps", \.training.validateEverySteps, 1...Int.max),
    ConfigurationKey(
      name: "parallel.data", isPath: false,
      text: { $0.parallel.data.map { "\($0)" } ?? "auto" },
      set: { configuration, text in
        guard text == "auto" || (Int(text) ?? 0) > 0 else { return "auto or a number from 1" }
        configuration.parallel.data = Int(text)
        return nil
      }),
    integer("parallel.layers", \.parallel.layers, 1...1000),
    ConfigurationKey(
      name: "parallel.softmax", isPath: false,
      text: { $0.parallel.softmax.text },
      set: { configuration, text in
        switch (text, Int(text)) {
        case ("shared", _): configuration.parallel.softmax = .shared
        case (_, 0): configuration.parallel.softmax = .onLastStage
        case (_, let count?) where count > 0: configuration.parallel.softmax = .dedicated(count)
        default: return "0, a number of ranks, or shared"
        }
        return nil
      }),
    choice("parallel.exchange", \.parallel.exchange),
    integer("parallel.chunkSteps", \.parallel.chunkSteps, 1...1_000_000),
  ]

  private static func integer(
    _ name: String, _ path: WritableKeyPath<Configuration, Int> & Sendable,
    _ range: ClosedRange<Int>
  ) -> ConfigurationKey {
    ConfigurationKey(name: name, isPath: false, text: { "\($0[keyPath: path])" }) {
      configuration, text in
      guard let value = Int(text), range.contains(value) else { return wholeNumber(in: range) }
      configuration[keyPath: path] = value
      return nil
    }
  }

  private static func optionalInteger(
    _ name: String, _ path: WritableKeyPath<Configuration, Int?> & Sendable,
    _ range: ClosedRange<Int>
  ) -> ConfigurationKey {
    ConfigurationKey(name: name, isPath: false, text: { $0[keyPath: path].map { "\($0)" } }) {
      configuration, text in
      guard let value = Int(text), range.contains(value) else { return wholeNumber(in: range) }
      configuration[keyPath: path] = value
      return nil
    }
  }

  private static func number(
    _ name: String, _ path: WritableKeyPath<Configuration, Double> & Sendable,
    _ range: ClosedRange<Double>
  ) -> ConfigurationKey {
    ConfigurationKey(name: name, isPath: false, text: { "\($0[keyPath: path])" }) {
      configuration, text in
      guard let value = Double(text), range.contains(value) else {
        return "a number from \(range.lowerBound) to \(range.upperBound)"
      }
      configuration[keyPath: path] = value
      return nil
    }
  }

  private static func optionalNumber(
    _ name: String, _ path: WritableKeyPath<Configuration, Double?> & Sendable,
    _ effective: KeyPath<Configuration, Double> & Sendable, _ range: ClosedRange<Double>
  ) -> ConfigurationKey {
    ConfigurationKey(
      name: name, isPath: false,
      text: { $0[keyPath: effective].isFinite ? "\($0[keyPath: effective])" : "never" }
    ) { configuration, text in
      let value = text == "never" ? Double.infinity : Double(text) ?? .nan
      guard range.contains(value) || text == "never" else {
        return "a number from \(range.lowerBound) to \(range.upperBound)"
      }
      configuration[keyPath: path] = value
      return nil
    }
  }

  private static func path(
    _ name: String, _ path: WritableKeyPath<Configuration, String?> & Sendable
  ) -> ConfigurationKey {
    ConfigurationKey(name: name, isPath: true, text: { $0[keyPath: path] }) { configuration, text in
      guard !text.isEmpty, !text.utf8.contains(0) else { return "a path" }
      configuration[keyPath: path] = text
      return nil
    }
  }

  private static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
    _ name: String, _ path: WritableKeyPath<Configuration, Value> & Sendable
  ) -> ConfigurationKey where Value.RawValue == String {
    ConfigurationKey(name: name, isPath: false, text: { $0[keyPath: path].rawValue }) {
      configuration, text in
      guard let value = Value(rawValue: text) else {
        return Value.allCases.map(\.rawValue).joined(separator: ", ")
      }
      configuration[keyPath: path] = value
      return nil
    }
  }

  private static func wholeNumber(in range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "a whole number from \(range.lowerBound)"
      : "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}

extension ProcessGrid.Softmax {
  /// As `parallel.softmax` is written.
  var text: String {
    switch self {
    case .onLastStage: "0"
    case .dedicated(let count): "\(count)"
    case .shared: "shared"
    }
  }
}
