/// A training as its output folder tells of it, at one time.
struct LoggedRun {
  /// The folder.
  let path: String
  /// What it is called on the page; no other run of the page is.
  let name: String
  /// `config.yaml`; nil as long as no model was saved.
  let configuration: Configuration?
  /// Numbers of the model; nil as long as none was saved.
  let parameters: Int?
  /// What was logged.
  let metrics: [TrainingMetrics]

  /// The lines of training.
  var training: [TrainingMetrics] { metrics.filter { $0.validation != true } }
  /// The lines of validations.
  var validations: [TrainingMetrics] { metrics.filter { $0.validation == true } }

  /// The validation with the least loss, whose model was kept.
  var best: TrainingMetrics? {
    validations.filter { $0.loss.isFinite }.min { $0.loss < $1.loss }
  }

  /// Seconds of training steps, without validations.
  var seconds: Double {
    training.reduce(0) {
      $0 + ($1.wordsPerSecond > 0 ? Double($1.words) / $1.wordsPerSecond : 0)
    }
  }

  /// Words per second over all that was logged.
  var wordsPerSecond: Double? {
    seconds > 0 ? training.reduce(0) { $0 + Double($1.words) } / seconds : nil
  }

  /// What changes when its model does.
  var modelState: [FileState?] {
    let folder = ModelFolder(path: path)
    return [folder.weights, folder.configuration].map(FileState.init(path:))
  }

  /// Whether it came to its end, as its configuration has it.
  var isDone: Bool {
    guard let configuration, let last = metrics.last else { return false }
    let settings = configuration.training
    let isAtEnd =
      last.epoch >= settings.epochs * (1 - 1e-9) || settings.steps.map { last.step >= $0 } ?? false
    // After the last step comes the last validation.
    return isAtEnd && (last.validation == true || !configuration.data.hasValidation)
  }
}

/// Reads a run, and reads it again as it goes on.
final class RunReader {
  private let folder: ModelFolder
  private let name: String
  private var reader: MetricsReader
  private var description: (state: FileState, configuration: Configuration, parameters: Int?)?

  /// - Parameters:
  ///   - path: the output folder.
  ///   - name: what the run is called.
  init(_ path: String, name: String) {
    folder = ModelFolder(path: path)
    self.name = name
    reader = MetricsReader(ModelFolder(path: path).metrics)
  }

  /// What changes when there is something new.
  var state: [FileState?] {
    [folder.metrics, folder.configuration, folder.weights].map(FileState.init(path:))
  }

  /// Bytes of a last line of metrics that is not finished.
  var unfinished: Int { reader.unfinished }

  /// The run as it is now.
  ///
  /// - Throws: `InputError` naming the file, and the line.
  func read() throws -> LoggedRun {
    try reader.read()
    try readDescription()
    return LoggedRun(
      path: folder.path, name: name, configuration: description?.configuration,
      parameters: description?.parameters, metrics: reader.metrics)
  }

  /// Reads the configuration, if there is one that was not read yet.
  private func readDescription() throws {
    guard let state = FileState(path: folder.configuration) else { return description = nil }
    guard state != description?.state else { return }
    let configuration = try Configuration(contentsOf: folder.configuration)
    // The vocabularies come with the model.
    let hasModel = FileState(path: folder.weights) != nil
    let sizes = hasModel ? try folder.vocabularies(of: configuration).sizes : nil
    description = (
      state, configuration, sizes.map { configuration.model.shape($0).layout.count }
    )
  }

  /// A short name for each of several folders: the ends of their paths that tell them apart.
  static func names(of paths: [String]) -> [String] {
    let parts = paths.map { path in
      absolutePath(path).split(separator: "/").map(String.init)
    }
    let most = parts.map(\.count).max() ?? 1
    for count in 1...max(1, most) {
      let names = parts.map { $0.suffix(count).joined(separator: "/") }
      guard Set(names).count == Set(parts).count else { continue }
      return names.map { $0.isEmpty ? "/" : $0.asMessage(limit: 60) }
    }
    return paths.map { $0.asMessage(limit: 60) }
  }
}
