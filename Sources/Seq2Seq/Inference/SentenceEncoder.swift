/// Reads lines and gives what is left in the encoder after each: the fixed vector that stands for the whole
/// sentence (Sutskever et al. 2014, section 2 and figure 2).
public final class SentenceEncoder {
  /// What of the encoder's final state.
  public enum State: String, CaseIterable, Sendable {
    /// All that the decoder starts from: from the bottom layer up h and, where it is handed over, c. Of the
    /// paper's model 8,000 numbers.
    case all
    /// h of every layer, from the bottom up.
    case hidden
    /// h of the top layer.
    case top
  }

  private let model: TrainedModel
  private let network: EncoderDecoder
  private let encoder: StepEncoder
  private let scratch: StepEncoder.Scratch
  private let state: State
  /// Numbers of a vector, D.
  public let size: Int

  /// - Throws: `InputError` if the model is a language model, which has no encoder.
  public init(_ model: TrainedModel, state: State = .all) throws {
    guard let network = model.network as? EncoderDecoder else {
      throw InputError("\(model.path) is a language model, which has no encoder")
    }
    (self.model, self.network, self.state) = (model, network, state)
    encoder = StepEncoder(network, parameters: model.parameters)
    scratch = StepEncoder.Scratch(for: encoder)
    let shape = network.shape
    let perLayer = state == .all && Self.handsOverCells(shape) ? 2 : 1
    size = (state == .top ? 1 : shape.layerCount) * perLayer * shape.hiddenSize
  }

  private static func handsOverCells(_ shape: EncoderDecoderShape) -> Bool {
    shape.encoder.cell.hasCellState && shape.handOver == .state
  }

  /// The words of a line, and those of them that the model does not know.
  public func count(_ line: String) -> WordCounts { WordCounts(model.encodeSource(line)) }

  /// The vectors of lines, `[lines, D]`, in order, where the lines are; and everywhere the count of lines.
  ///
  /// - Throws: `InputError` if the model computes no number for one.
  public func vectors(
    of lines: [String], over work: some LineWork
  ) throws -> (numbers: [Float], count: Int) {
    try work.mapNumbers(lines, width: size, vectors(of:))
  }

  /// The vectors of lines, `[lines, D]`, each what it is alone; an empty line, of which nothing is read, has
  /// the vector zero. Sentences of similar lengths are best given together.
  ///
  /// - Throws: `InputError` if the model computes no number for one.
  public func vectors(of lines: [String]) throws -> [Float] {
    var numbers = [Float](repeating: 0, count: lines.count * size)
    let sources = lines.map(model.encodeSource)
    let filled = sources.indices.filter { !sources[$0].isEmpty }
    guard !filled.isEmpty else { return numbers }
    let isReversed = model.configuration.data.reverseSource
    for batch in filled.indices.evenParts(atMost: Self.batchSize) {
      let own = filled[batch].map { isReversed ? sources[$0].reversed() : sources[$0] }
      let states = StepStates(of: network.decoder)
      let finals = states.add(own.count)
      encoder.readStates(own, into: finals, scratch: scratch)
      // The rows are views of what the states own.
      withExtendedLifetime(states) {
        for (row, line) in filled[batch].enumerated() {
          var place = line * size
          for part in parts(of: finals) {
            let values = UnsafeBufferPointer(start: part.row(row), count: part.columns)
            numbers.replaceSubrange(place..<place + values.count, with: values)
            place += values.count
          }
        }
      }
    }
    guard numbers.allSatisfy(\.isFinite) else { throw model.computesNoNumber }
    return numbers
  }

  /// Lines that are read at a time: enough rows for products at full speed.
  private static let batchSize = 128

  /// What of the states of all layers, `[B, H]` each, makes up a vector.
  private func parts(of states: [RecurrentState]) -> [Matrix] {
    switch state {
    case .all:
      states.flatMap {
        Self.handsOverCells(network.shape) ? [$0.hidden, $0.cell] : [$0.hidden]
      }
    case .hidden: states.map(\.hidden)
    case .top: states.suffix(1).map(\.hidden)
    }
  }
}
