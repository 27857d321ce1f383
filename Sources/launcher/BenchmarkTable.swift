import Seq2Seq

/// Results of training benchmarks as tables.
enum BenchmarkTable {
  static let header =
    "grid              ranks   words     words/s   sentences/s   efficiency   speedup   possible   "
    + "GFLOP/s   of peak   exposed communication   memory"

  static func row(_ result: BenchmarkResult, base: BenchmarkResult) -> String {
    let efficiency =
      result.wordsPerSecond / Double(result.ranks)
      / (base.wordsPerSecond / Double(base.ranks))
    return result.grid.padded(to: 18) + "\(result.ranks)".padded(to: 8)
      + result.words.padded(to: 10) + grouped(Int(result.wordsPerSecond)).padded(to: 10)
      + grouped(Int(result.sentencesPerSecond)).padded(to: 14)
      + "\(number(100 * efficiency, digits: 0)) %".padded(to: 13)
      + number(result.wordsPerSecond / base.wordsPerSecond, digits: 2).padded(to: 10)
      + number(result.possibleSpeedup / base.possibleSpeedup, digits: 2).padded(to: 11)
      + number(result.operationsPerSecond / 1e9, digits: 1).padded(to: 10)
      + "\(number(100 * result.operationsPerSecond / result.peak, digits: 0)) %".padded(to: 10)
      + "\(number(100 * result.exposedCommunication, digits: 1)) %".padded(to: 24)
      + "\(number(Double(result.memory) / 1e9, digits: 2)) GB"
  }

  /// What each rank did.
  static func ranks(_ result: BenchmarkResult) -> String {
    var lines = [
      "\(result.grid), \(result.words) words: seconds per step, and memory",
      "  rank  role                    computing  waiting  sending  exchanging   memory   parameters",
    ]
    for (index, rank) in result.perRank.enumerated() {
      lines.append(
        "  \(index)".padded(to: 8) + rank.role.padded(to: 24)
          + number(rank.computing, digits: 4).padded(to: 11)
          + number(rank.waiting, digits: 4).padded(to: 9)
          + number(rank.sending, digits: 4).padded(to: 9)
          + number(rank.exchanging, digits: 4).padded(to: 13)
          + "\(number(Double(rank.memory) / 1e9, digits: 2)) GB".padded(to: 9)
          + grouped(rank.parameters))
    }
    return lines.joined(separator: "\n")
  }
}
