import ArgumentParser
import Seq2Seq

/// `launcher embed`
struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Write the vector of each line: the encoder's final state.",
    discussion: """
      The file is NumPy's: float32, a row of each line. 'all' is what the decoder starts from: from the \
      bottom layer up h and, of an LSTM, c. An empty line has the vector zero. 'launcher project' \
      shows how the vectors lie.
      """)

  @Argument(help: "The model folder.", completion: .directory)
  var model: String

  @Option(
    help: "A file of lines; standard input if there is none.", completion: .file())
  var source: String?

  @Option(help: "The file to write (.npy).", completion: .file(extensions: ["npy"]))
  var output: String

  @Option(help: "What of the state: all, h of every layer (hidden), or h of the top layer (top).")
  var state = SentenceEncoder.State.all

  func run() throws {
    try withDistributedLines { work in
      let encoder = try work.together {
        try SentenceEncoder(TrainedModel(folder: model), state: state)
      }
      var text: TextFile.Lines?
      let file = try work.together {
        guard work.hasLines else { return VectorFileWriter?.none }
        try refuseReplacing("--output", output, inputs: [source], models: [model])
        text = try source.map { try TextFile($0) }?.lines
        try warnOfReplacing(output)
        return try VectorFileWriter(output, size: encoder.size)
      }
      var words = WordCounts()
      var input = StandardInput()
      while true {
        var lines: [String] = []
        if text != nil {
          while lines.count < work.window, let line = try text?.next() { lines.append(line) }
        } else if work.hasLines {
          lines = try input.next(atMost: work.window)
        }
        let (numbers, count) = try encoder.vectors(of: lines, over: work)
        if count == 0 { break }
        try file?.append(numbers)
        for line in lines { words += encoder.count(line) }
      }
      try file?.finish()
      words.warning(of: source ?? "standard input").map(printWarning)
    }
  }
}

extension SentenceEncoder.State: ExpressibleByArgument {}
