/// A kind of model with its sizes: it says what the model will be, and makes parts of it.
protocol ModelShape: Sendable {
  /// What is known of the whole model.
  var plan: ModelPlan { get }
  /// Makes a part of the model.
  func make(_ part: ModelPart) -> any Model
}

extension ModelShape {
  /// Makes all of the model.
  func makeWhole() -> any Model { make(.whole(plan)) }
  /// Where each parameter of the whole model lies.
  var layout: ParameterLayout { makeWhole().layout }
}

extension Configuration.Model {
  /// The model that this describes: the one switch over `model.type`.
  func shape(_ vocabularies: VocabularySizes) -> any ModelShape {
    switch type {
    case .seq2seq: EncoderDecoderShape(self, vocabularies)
    case .languageModel: LanguageModelShape(self, vocabularies)
    }
  }
}

extension Configuration.Model.Cell {
  /// What a layer computes at a step: the one switch over `model.cell`.
  var recurrence: RecurrentCell {
    switch self {
    case .lstm: .lstm
    case .gru: .gru
    case .rnn: .rnn
    }
  }
}
