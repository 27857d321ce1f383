import Foundation

/// What a search keeps, and what it prefers.
public struct SearchOptions: Sendable, Equatable {
  /// Partial hypotheses kept per sentence; 1 is a greedy search.
  public var beamSize = 12
  /// Complete hypotheses wanted per sentence, at most `beamSize`; there may be fewer.
  public var nBest = 1
  /// What the logarithm of a probability is divided by to compare hypotheses.
  public var lengthPenalty = LengthPenalty.none
  /// Symbols of a translation at most, `<eos>` not counted; `defaultLimit(ofSource:)` if nil.
  public var maxLength: Int?

  /// The defaults of `launcher translate`.
  public init(beamSize: Int = 12) { self.beamSize = beamSize }

  /// Symbols at most of the translation of so many: one much longer than its source comes from a model that
  /// does not find an end.
  static func defaultLimit(ofSource count: Int) -> Int { 2 * count + 50 }

  /// Symbols at most of a translation.
  func limit(ofSource count: Int, prefix: Int) -> Int {
    max(maxLength ?? Self.defaultLimit(ofSource: count), prefix)
  }
}

/// What the logarithm of a hypothesis' probability is divided by, so that long ones can win: without it a
/// symbol more never makes a hypothesis better.
public enum LengthPenalty: Sendable, Equatable {
  /// Nothing.
  case none
  /// ((5 + n) / 6)^α for n symbols with `<eos>` (Wu et al. 2016, section 7); α is not negative.
  case wu(alpha: Double)
  /// The number of symbols with `<eos>`.
  case perSymbol

  /// The divisor for a hypothesis of `count` symbols, `<eos>` among them; it does not fall with the count.
  func divisor(symbols count: Int) -> Double {
    switch self {
    case .none: 1
    case .wu(let alpha): pow(Double(5 + count) / 6, alpha)
    case .perSymbol: Double(max(count, 1))
    }
  }
}
