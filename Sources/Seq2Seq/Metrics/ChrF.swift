/// chrF (Popović 2015) and chrF++ (Popović 2017), with the digits of sacreBLEU for any text: the F-score of
/// n-grams of up to 6 characters, white space left out, and of chrF++ also of up to 2 words. Recall counts
/// twice as much as precision.
public struct ChrF: Metric, Equatable {
  /// N-grams of so many words at most count too: 0, or 2 in chrF++.
  public let wordOrder: Int

  /// chrF, or, with a `wordOrder` of 2, chrF++.
  public init(wordOrder: Int = 0) { self.wordOrder = wordOrder }

  private static let characterOrder = 6

  /// See `Metric.name`.
  public var name: String { "chrF2" + String(repeating: "+", count: wordOrder) }
  /// See `Metric.width`.
  public var width: Int { 3 * (Self.characterOrder + wordOrder) }
  /// See `Metric.properties`.
  public var properties: String {
    "case:mixed|eff:yes|nc:\(Self.characterOrder)|nw:\(wordOrder)|space:no"
  }

  /// Of each order, n-grams of the translation, of a reference and of both. Of several references the one
  /// counts that gives the best score.
  public func counts(of hypothesis: String, references: [String]) -> [Int] {
    let lines = ([hypothesis] + references).map { Array($0.unicodeScalars) }
    var rows = [[Int]](repeating: [], count: references.count)
    var characters = NGrams(lines.map { $0.filter { !$0.isPythonWhitespace } })
    for _ in 0..<Self.characterOrder { Self.count(&characters, into: &rows) }
    if wordOrder > 0 {
      var words = NGrams(lines.map(Self.words))
      for _ in 0..<wordOrder { Self.count(&words, into: &rows) }
    }
    // Of equal ones the first.
    var best = (row: rows[0], score: score(rows[0]))
    for row in rows.dropFirst() {
      let score = score(row)
      if score > best.score { best = (row, score) }
    }
    return best.row
  }

  /// Counts n-grams of one order, and goes on to the next.
  private static func count(_ ngrams: inout NGrams, into rows: inout [[Int]]) {
    for row in rows.indices {
      let reference = row + 1
      let total = ngrams.count(reference)
      // A translation's n-grams do not count where the reference has none of the order.
      rows[row] += [
        total > 0 ? ngrams.count(0) : 0, total, ngrams.matches(in: reference..<reference + 1),
      ]
    }
    ngrams.lengthen()
  }

  /// The mean over the orders that both texts have is taken first, and the F-score of the means then. The
  /// order of the operations is sacreBLEU's, so that of two references it takes the same one.
  public func score(_ sums: [Int]) -> Double {
    var (precision, recall, orders) = (0.0, 0.0, 0.0)
    for order in stride(from: 0, to: sums.count, by: 3) {
      let (found, wanted, both) = (sums[order], sums[order + 1], sums[order + 2])
      guard found > 0, wanted > 0 else { continue }
      precision += Double(both) / Double(found)
      recall += Double(both) / Double(wanted)
      orders += 1
    }
    guard precision + recall > 0 else { return 0 }
    precision /= orders
    recall /= orders
    return 100 * (5 * precision * recall / (4 * precision + recall))
  }

  /// Words, and punctuation that begins or ends one: one mark of a word, and of two the last.
  private static func words(of line: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
    line.split(whereSeparator: \.isPythonWhitespace).flatMap { word in
      let (first, last) = (word.startIndex + 1, word.endIndex - 1)
      if word.count > 1, word[last].isASCIIPunctuation { return [word[..<last], word[last...]] }
      if word.count > 1, word[first - 1].isASCIIPunctuation {
        return [word[..<first], word[first...]]
      }
      return [word]
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isASCIIPunctuation: Bool {
    switch self {
    case "!"..."/", ":"..."@", "["..."`", "{"..."~": true
    default: false
    }
  }
}
