import ArgumentParser
import Seq2Seq

/// `launcher sample`
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Print lines that a language model makes up.",
    discussion: """
      Each symbol is drawn from softmax(logits / temperature), from the state zero after <eos>, until \
      <eos>. The same seed draws the same lines.
      """)

  @Argument(help: "The model folder.", completion: .directory)
  var model: String

  @Option(help: "How many lines.")
  var lines = 10

  @Option(help: "Below 1 the likelier symbols become likelier; 0 always takes the likeliest.")
  var temperature = 1.0

  @Option(help: "What is drawn follows from it.")
  var seed = 1

  @Option(help: "What each line begins with.")
  var prompt = ""

  func validate() throws {
    guard (1...1_000_000).contains(lines) else {
      throw ValidationError("--lines must be from 1 to 1000000")
    }
    guard (0...1000).contains(temperature) else {
      throw ValidationError("--temperature must be from 0 to 1000")
    }
    guard !prompt.contains(where: \.isNewline) else {
      throw ValidationError("--prompt must be one line")
    }
    guard seed >= 0 else { throw ValidationError("--seed must not be negative") }
  }

  func run() throws {
    try withDistributedLines { work in
      let sampler = try work.together {
        try LineSampler(TrainedModel(folder: model), temperature: temperature, seed: seed)
      }
      // There is little to share: rank 0 does it alone.
      guard work.hasLines else { return }
      sampler.count(prompt).warning(of: "the prompt").map(printWarning)
      var endless = 0
      try sampler.lines(lines, beginning: prompt) { line in
        try StandardOutput.line(line.text)
        if !line.isComplete { endless += 1 }
      }
      if endless > 0 {
        printWarning(
          "\(grouped(endless)) of \(grouped(lines)) lines had no end after "
            + "\(grouped(LineSampler.limit)) symbols, and stop there")
      }
    }
  }
}
