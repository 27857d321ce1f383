// What a corpus may be by mistake, and a training would not say.
extension PreparationReport {
  /// A sentence with numbers for everything about the corpus that is hardly meant.
  ///
  /// - Parameter data: the configuration that it was prepared for.
  public func warnings(_ data: Configuration.Data) -> [String] {
    let texts = [
      (data.source, data.sourceVocabulary, training.source),
      (data.target, data.targetVocabulary, training.target),
      (data.validationSource, data.sourceVocabulary, validation.source),
      (data.validationTarget, data.targetVocabulary, validation.target),
    ]
    var warnings = texts.compactMap { text, vocabulary, words in
      text.flatMap { words.warning(of: $0, vocabulary: vocabulary) }
    }
    if 2 * trainedValidationPairs > differentValidationPairs {
      let (what, text) =
        data.validationSource.map { ("pairs", $0) } ?? ("lines", data.validationTarget ?? "")
      warnings.append(
        "\(trainedValidationPairs) of the \(differentValidationPairs) different \(what) of "
          + "\(text) are in the training text too: the validation will not "
          + "tell how well the model does on new text")
    }
    if 2 * training.equalPairs > training.pairs {
      warnings.append(
        "\(training.equalPairs) of \(training.pairs) pairs have the same text on both sides: are "
          + "\(data.source ?? "") and \(data.target ?? "") really two languages?")
    }
    return warnings
  }
}
