// What keys of `data:` may be.

/// The order in which an epoch takes its sentences, as `data.order` names it.
public enum BatchOrder: String, Sendable, CaseIterable {
  /// Minibatches of about one length (Sutskever et al. 2014, section 3.4), shuffled.
  case bucketed
  /// Shuffled sentences.
  case random
  /// The order of the file.
  case sequential
}

/// The ways in which a line becomes symbols, as `data.tokenizer` names them.
public enum TokenizerKind: String, Sendable, CaseIterable {
  /// At white space: the text comes tokenised.
  case whitespace
  /// Words and punctuation marks apart, so that ordinary text goes in and comes out.
  case words
  /// One symbol per character.
  case characters
}

/// What the symbols of a text are pieces of, as `data.subwords` names it, and how words come of
/// them again.
public enum Subwords: String, Sendable, CaseIterable {
  /// The symbols are words.
  case words = "none"
  /// A piece that goes on ends in `@@`, as subword-nmt writes them.
  case bpe
  /// A piece that begins a word begins with `▁` (U+2581), as SentencePiece writes them.
  case sentencepiece
  /// A piece that belongs to its neighbour has `￭` (U+FFED) on that side, as `WordTokenizer` does.
  case joiner
}
