import ArgumentParser
import Seq2Seq

/// Which models a command uses: one, or several that predict together.
struct ModelOptions: ParsableArguments {
  @Argument(help: "The model folder, if --model does not name it.", completion: .directory)
  var model: String?

  @Option(
    name: .customLong("model"),
    help: """
      A model folder, as often as there are further models, which predict together; they need one \
      target vocabulary.
      """,
    completion: .directory)
  var others: [String] = []

  @Option(help: "What of several models' predictions is averaged. (default: log)")
  var average: Ensemble.Average?

  @Option(
    parsing: .unconditional,
    help: "A weight per model, separated by commas; all weigh the same without.")
  var weights: String?

  /// The folders, in the order of the command line.
  var folders: [String] { [model].compactMap { $0 } + others }

  /// Whether anything is said of models.
  var areNamed: Bool { !folders.isEmpty || average != nil || weights != nil }

  /// Checks that there is a model.
  func checkNamed() throws {
    guard !folders.isEmpty else { throw ValidationError("name a model folder") }
    guard folders.count > 1 || (average == nil && weights == nil) else {
      throw ValidationError("--average and --weights are for several models; see --model")
    }
    _ = try weightList()
  }

  private func weightList() throws -> [Double]? {
    try weights.map { text in
      guard let weights = finiteNumbers(text), weights.allSatisfy({ $0 > 0 }) else {
        throw ValidationError("--weights must be positive numbers, separated by commas")
      }
      return weights
    }
  }

  /// Reads the models.
  ///
  /// - Throws: `InputError` naming the file, and the line or tensor.
  func ensemble() throws -> Ensemble {
    try Ensemble(folders: folders, average: average ?? .log, weights: weightList())
  }
}

/// Finite numbers that commas separate; nil if the text is something else.
func finiteNumbers(_ text: String) -> [Double]? {
  var numbers: [Double] = []
  for part in text.split(separator: ",", omittingEmptySubsequences: false) {
    guard let number = Double(part), number.isFinite else { return nil }
    numbers.append(number)
  }
  return numbers
}

extension Ensemble.Average: ExpressibleByArgument {}
