import Foundation

// What a corpus may be by mistake, and a training would not say.
extension PreparationReport {
  /// A sentence with numbers for everything about the corpus that is hardly meant.
  ///
  /// - Parameter data: the configuration that it was prepared for.
  public func warnings(_ data: Configuration.Data) -> [String] {
    let texts = [
      (data.source, data.sourceVocabulary, training.unknownSourceWords, training.sourceWords),
      (data.target, data.targetVocabulary, training.unknownTargetWords, training.targetWords),
      (
        data.validationSource, data.sourceVocabulary, validation.unknownSourceWords,
        validation.sourceWords
      ),
      (
        data.validationTarget, data.targetVocabulary, validation.unknownTargetWords,
        validation.targetWords
      ),
    ]
    var warnings = texts.compactMap { text, vocabulary, unknown, words in
      text.flatMap {
        Self.unknownWarning(text: $0, vocabulary: vocabulary, unknown: unknown, of: words)
      }
    }
    if 2 * trainedValidationPairs > differentValidationPairs {
      warnings.append(
        "\(trainedValidationPairs) of the \(differentValidationPairs) different pairs of "
          + "\(data.validationSource ?? "") are in the training text too: the validation will not "
          + "tell how well the model does on new text")
    }
    if 2 * training.equalPairs > training.pairs {
      warnings.append(
        "\(training.equalPairs) of \(training.pairs) pairs have the same text on both sides: are "
          + "\(data.source ?? "") and \(data.target ?? "") really two languages?")
    }
    return warnings
  }

  /// What to say of a text of which over half is `<unk>`; nil if it is not.
  ///
  /// - Parameters:
  ///   - text: where it comes from.
  ///   - vocabulary: the file that the vocabulary was given in, if it was.
  ///   - unknown: words that are not in the vocabulary.
  ///   - words: all words.
  public static func unknownWarning(
    text: String, vocabulary: String? = nil, unknown: Int, of words: Int
  ) -> String? {
    guard 2 * unknown > words else { return nil }
    let name = vocabulary ?? "the vocabulary"
    if unknown == words {
      return "nothing of \(name) occurs in \(text): all \(words) words are <unk>; is it of this "
        + "text's tokenizer, with nothing but a symbol on each line?"
    }
    let part = String(format: "%.1f", 100 * Double(unknown) / Double(words))
    return "\(unknown) of the \(words) words of \(text) (\(part) %) are not in \(name) and become "
      + "<unk>; is it of this text's language and tokenizer, and large enough?"
  }
}
