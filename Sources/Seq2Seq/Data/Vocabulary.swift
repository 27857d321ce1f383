/// The symbols that a model knows, each with its number.
///
/// A vocabulary file is UTF-8, one symbol per line; the line's number, from 0, is the id. Line 0 is
/// `<eos>` and line 1 `<unk>`.
public struct Vocabulary: Sendable, Equatable {
  /// The id of `<eos>`, which ends every target sentence.
  static let endOfSentence: Int32 = 0
  /// The id of `<unk>`, which stands for every symbol that is not in the vocabulary.
  static let unknown: Int32 = 1
  private static let special = ["<eos>", "<unk>"]
  /// What `<eos>` is called.
  static var endSymbol: String { special[Int(endOfSentence)] }

  /// The symbols, by id.
  public let symbols: [String]
  private let ids: [SymbolText: Int32]

  /// How many symbols there are, V.
  public var count: Int { symbols.count }

  /// A vocabulary of `<eos>`, `<unk>` and some distinct symbols.
  init(symbols: [String]) {
    self.symbols = Self.special + symbols
    ids = Dictionary(
      uniqueKeysWithValues: symbols.enumerated().map {
        (SymbolText($1), Int32($0 + Self.special.count))
      })
  }

  /// The most frequent symbols; of equally frequent ones those first in the order of their bytes.
  ///
  /// - Parameters:
  ///   - counts: how often each symbol occurs.
  ///   - limit: symbols at most, `<eos>` and `<unk>` among them.
  init(counts: [SymbolText: Int], limit: Int) {
    let ranked = counts.filter { !Self.special.contains($0.key.text) }.sorted {
      $0.value != $1.value
        ? $0.value > $1.value : $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8)
    }
    self.init(symbols: ranked.prefix(max(0, limit - Self.special.count)).map(\.key.text))
  }

  /// Reads a vocabulary file.
  ///
  /// - Throws: `InputError` naming file and line.
  public init(contentsOf path: String) throws {
    var lines = try TextFile(path).lines
    var symbols: [String] = []
    var ids: [SymbolText: Int32] = [:]
    while let symbol = try lines.next() {
      let id = lines.number - 1
      if id < Self.special.count {
        guard SymbolText(symbol) == SymbolText(Self.special[id]) else {
          throw InputError("\(path):\(lines.number): must be \(Self.special[id])")
        }
        continue
      }
      guard !symbol.isEmpty else { throw InputError("\(path):\(lines.number): an empty symbol") }
      guard id < Int32.max, !Self.special.contains(symbol),
        ids.updateValue(Int32(id), forKey: SymbolText(symbol)) == nil
      else { throw InputError("\(path):\(lines.number): \(symbol.quoted) is there twice") }
      symbols.append(symbol)
    }
    guard lines.number >= Self.special.count else {
      throw InputError("\(path): a vocabulary begins with the lines <eos> and <unk>")
    }
    self.symbols = Self.special + symbols
    self.ids = ids
  }

  /// The content of a vocabulary file.
  var text: String { symbols.map { $0 + "\n" }.joined() }

  /// A hash of that content.
  var fingerprint: String {
    var hash = Fingerprint()
    for symbol in symbols { hash.addLine(symbol) }
    return hash.text
  }

  /// The id of a symbol; that of `<unk>` if it is not there. `<eos>` in a text is unknown too.
  func id(of symbol: String) -> Int32 { ids[SymbolText(symbol)] ?? Self.unknown }

  /// The ids of symbols.
  func ids(of symbols: [String]) -> [Int32] { symbols.map(id(of:)) }

  /// The symbols of ids.
  func symbols(of ids: [Int32]) -> [String] { ids.map { symbols[Int($0)] } }
}
