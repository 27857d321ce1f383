extension BLEUTokenizer {
  /// Puts blanks around punctuation and symbols, in the passes of mteval-v14, each over the result of the one
  /// before. As there, the last stop of a line stays with a number.
  static func separateByCategory(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var scalars = scalars
    separate(&scalars, [.first, .blank, .second, .blank]) { !$0.is(.number) && $1.is(.punctuation) }
    separate(&scalars, [.blank, .first, .blank, .second]) { $0.is(.punctuation) && !$1.is(.number) }
    return scalars.flatMap { $0.is(.symbol) ? [" ", $0, " "] : [$0] }
  }
}

/// The first letters of Unicode's general categories, as far as a tokenizer asks for them.
enum CategoryGroup { case number, punctuation, symbol }

extension Unicode.Scalar {
  func `is`(_ group: CategoryGroup) -> Bool { categoryGroup == group }

  /// The first letter of the general category, of Unicode 18.
  var categoryGroup: CategoryGroup? {
    switch properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: .number
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      .punctuation
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: .symbol
    case .unassigned: newCategoryGroup
    default: nil
    }
  }

  /// That of code points which Unicode 18 has assigned, and the standard library does not know yet.
  private var newCategoryGroup: CategoryGroup? {
    switch value {
    case 0x2E60...0x2E63: .punctuation
    case 0x1246F, 0x12475...0x1247F, 0x12550...0x12686: .number
    case 0x20C2...0x20C4, 0x10EC9...0x10ECA, 0x1CED2...0x1CED4, 0x1CEDD...0x1CEDF,
      0x1CEF1...0x1CEFD, 0x1D1EB...0x1D1FF, 0x1D253...0x1D25A, 0x1D25D...0x1D25E,
      0x1D260...0x1D27F, 0x1DB00...0x1DB1C, 0x1F1AE, 0x1F6D9, 0x1F7DA...0x1F7DB,
      0x1F7F1...0x1F7FF, 0x1FA8B...0x1FA8D, 0x1FACC, 0x1FADD, 0x1FAEB, 0x1FAF9...0x1FAFA:
      .symbol
    default: nil
    }
  }
}
