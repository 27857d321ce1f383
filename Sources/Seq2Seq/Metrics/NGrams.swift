/// The n-grams of some texts, of one order at a time: first the tokens, then pairs, and so on.
struct NGrams {
  /// Of each text, its n-grams in order; equal ones have equal numbers.
  private var ngrams: [[Int]]
  /// How many different ones there are.
  private var kinds: Int
  private var order = 1
  private let tokens: [[Int]]

  init<Token: Hashable>(_ texts: [some Sequence<Token>]) {
    var numbering = Numbering<Token>(capacity: 64)
    tokens = texts.map { $0.map { numbering.number(of: $0) } }
    ngrams = tokens
    kinds = numbering.count
  }

  /// How many a text has.
  func count(_ text: Int) -> Int { ngrams[text].count }

  /// Goes on to the next order.
  mutating func lengthen() {
    // An n-gram is the one before it in length and the token that follows.
    var numbering = Numbering<Pair>(capacity: ngrams.reduce(0) { $0 + $1.count })
    for text in ngrams.indices {
      ngrams[text] = zip(ngrams[text], tokens[text].dropFirst(order)).map {
        numbering.number(of: Pair(ngram: $0, token: $1))
      }
    }
    kinds = numbering.count
    order += 1
  }

  private struct Pair: Hashable {
    let ngram: Int
    let token: Int
  }

  /// How many of the first text's n-grams others have too, each as often as that one of them has it that has
  /// it most.
  func matches(in others: Range<Int>) -> Int {
    var wanted = [Int](repeating: 0, count: kinds)
    for text in others {
      var counts = [Int](repeating: 0, count: kinds)
      for ngram in ngrams[text] {
        counts[ngram] += 1
        wanted[ngram] = max(wanted[ngram], counts[ngram])
      }
    }
    var matches = 0
    for ngram in ngrams[0] where wanted[ngram] > 0 {
      wanted[ngram] -= 1
      matches += 1
    }
    return matches
  }
}

/// Gives equal things equal numbers, from 0 in the order in which they come.
private struct Numbering<Element: Hashable> {
  private var numbers: [Element: Int] = [:]

  init(capacity: Int) { numbers.reserveCapacity(capacity) }

  var count: Int { numbers.count }

  mutating func number(of element: Element) -> Int {
    if let number = numbers[element] { return number }
    let number = numbers.count
    numbers[element] = number
    return number
  }
}
