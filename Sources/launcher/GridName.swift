import ArgumentParser
import Distributed
import Foundation

/// A grid as the command line names it: `2x1`, `1x(4+4)`, `2x(1+shared)`.
struct GridName {
  let data: Int
  let layers: Int
  let softmax: ProcessGrid.Softmax

  /// - Throws: `ValidationError` if it is not the name of a grid.
  init(_ text: String) throws {
    let parts = text.replacingOccurrences(of: "×", with: "x").split(separator: "x")
    let inner = (parts.last ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "()"))
      .split(separator: "+").map(String.init)
    guard parts.count == 2, let data = Int(parts[0]), data > 0, (1...2).contains(inner.count),
      let layers = Int(inner[0]), layers > 0
    else { throw ValidationError("'\(text)' is not a grid; write 2x1, 1x(4+4) or 2x(1+shared)") }
    self.data = data
    self.layers = layers
    switch inner.count == 2 ? inner[1] : "0" {
    case "shared": softmax = .shared
    case "0": softmax = .onLastStage
    case let count:
      guard let count = Int(count), count > 0 else {
        throw ValidationError("'\(text)' is not a grid; write 2x1, 1x(4+4) or 2x(1+shared)")
      }
      softmax = .dedicated(count)
    }
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
    case .shared: "\(data)x(\(layers)+shared)"
    }
  }
}
