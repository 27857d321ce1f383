import ArgumentParser
import Distributed
import Foundation

/// A grid as the command line names it: `2x1`, `1x(4+4)`, `2x(1+sharded)`.
struct GridName {
  let data: Int
  let layers: Int
  let softmax: ProcessGrid.Softmax

  /// - Throws: `ValidationError` if it is not the name of a grid.
  init(_ text: String) throws {
    let wrong = ValidationError(
      "\(text.quoted) is not a grid of at most \(MPIRun.possibleRanks.upperBound) ranks; write 2x1, "
        + "1x(4+4) or 2x(1+sharded)")
    let parts = text.replacingOccurrences(of: "×", with: "x").split(separator: "x")
    let inner = (parts.last ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "()"))
      .split(separator: "+").map(String.init)
    guard parts.count == 2, let data = Int(parts[0]), data > 0, (1...2).contains(inner.count),
      let layers = Int(inner[0]), layers > 0
    else { throw wrong }
    self.data = data
    self.layers = layers
    switch inner.count == 2 ? inner[1] : "0" {
    case "sharded", "shared": softmax = .sharded
    case "0": softmax = .onLastStage
    case let count:
      guard let count = Int(count), count > 0 else {
        throw wrong
      }
      softmax = .dedicated(count)
    }
    // Each number alone, so that no product of them overflows.
    let most = MPIRun.possibleRanks.upperBound
    var numbers = [data, layers]
    if case .dedicated(let count) = softmax { numbers.append(count) }
    guard numbers.allSatisfy({ $0 <= most }), ranks <= most else { throw wrong }
  }

  /// Ranks of the grid.
  var ranks: Int {
    if case .dedicated(let count) = softmax { data * (layers + count) } else { data * layers }
  }

  /// As it is parsed.
  var text: String {
    switch softmax {
    case .onLastStage: "\(data)x\(layers)"
    case .dedicated(let count): "\(data)x(\(layers)+\(count))"
    case .sharded: "\(data)x(\(layers)+sharded)"
    }
  }
}

/// Checks numbers of the command line.
///
/// - Throws: `ValidationError` naming the option.
func check(_ options: [(name: String, value: Int)], in range: ClosedRange<Int>) throws {
  for (name, value) in options where !range.contains(value) {
    throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
  }
}
