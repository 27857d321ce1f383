import Foundation
import TestSupport

/// A corpus of small numbers and their words, with a configuration that learns it quickly.
struct ToyProject {
  let folder = TemporaryFolder()
  var config: String { folder.path + "/config.yaml" }
  var model: String { folder.path + "/model" }
  var source: String { folder.path + "/train.source" }
  var target: String { folder.path + "/train.target" }

  init() {
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven"]
    var (source, target) = ("", "")
    for a in 0..<8 {
      for b in 0..<8 {
        source += "\(a) \(b)\n"
        target += "\(words[a]) \(words[b])\n"
      }
    }
    // Longer ones to validate on: they are no training pairs.
    var (validSource, validTarget) = ("", "")
    for a in 0..<8 {
      validSource += "\(a) 1 \(a)\n"
      validTarget += "\(words[a]) one \(words[a])\n"
    }
    folder.write(validSource, to: "valid.source")
    folder.write(validTarget, to: "valid.target")
    folder.write(source, to: "train.source")
    folder.write(target, to: "train.target")
    folder.write(
      """
      model: {layers: 1, hiddenSize: 32, embeddingSize: 16}
      data:
        source: train.source
        target: train.target
        validationSource: valid.source
        validationTarget: valid.target
      training:
        output: model
        optimizer: adam
        learningRate: 0.02
        batchSize: 16
        epochs: 25
        logEverySteps: 25
        validateEverySteps: 50
      """, to: "config.yaml")
  }
}
