import Foundation

/// Where a benchmark takes its sentences from.
enum BenchmarkWords {
  /// Every word is as likely as any other: a minibatch hardly repeats one.
  case uniform
  /// Pieces of a running text, whose words are numbered from the most frequent one: a minibatch
  /// repeats them as text does.
  case text([Int32])
  /// The minibatches of a prepared corpus.
  case corpus(PairFile, BatchSampler.Epoch)

  /// The words of a file of text, between white space.
  ///
  /// - Throws: `InputError` if it cannot be read or is shorter than a sentence.
  static func text(contentsOf path: String, length: Int) throws -> BenchmarkWords {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw InputError("cannot read \(path)")
    }
    let words = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count > length else {
      throw InputError("\(path) has \(words.count) words, fewer than a sentence of the benchmark")
    }
    var counts: [Substring: Int] = [:]
    for word in words { counts[word, default: 0] += 1 }
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let numbers = Dictionary(
      uniqueKeysWithValues: order.enumerated().map { ($1.key, Int32($0 + 2)) })
    return .text(words.map { numbers[$0] ?? Vocabulary.unknown })
  }

  /// As tables name it.
  var name: String {
    switch self {
    case .uniform: "uniform"
    case .text: "text"
    case .corpus: "corpus"
    }
  }

  /// A sentence of `length` words of a vocabulary.
  func sentence(
    length: Int, vocabularySize: Int, using generator: inout SeededGenerator
  ) -> [Int32] {
    switch self {
    case .text(let words):
      let start = Int.random(in: 0...words.count - length, using: &generator)
      return words[start..<start + length].map {
        Int($0) < vocabularySize ? $0 : Vocabulary.unknown
      }
    default:
      return (0..<length).map { _ in Int32.random(in: 2..<Int32(vocabularySize), using: &generator)
      }
    }
  }
}
