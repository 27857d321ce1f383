import Distributed

/// The neighbours of a stage of a replica: activations go up from stage to stage, and from the last
/// one to the softmax ranks; gradients come down (Sutskever et al. 2014, section 3.5).
///
/// All receives of a batch are posted when it begins. Sends start as soon as a chunk is computed and
/// are awaited when the step ends, so that a stage goes on with its next chunk meanwhile.
final class PipelineNeighbours: StageNeighbours {
  /// What a message carries.
  enum Tag {
    static func output(_ flow: Flow) -> Int { flow.rawValue }
    static func gradient(_ flow: Flow) -> Int { 2 + flow.rawValue }
    static let softmaxGradient = 4
  }

  let isAlone = false

  private let transfers: Transfers
  private let chunkSteps: Int
  private let below: Int?
  private let above: Int?
  private let softmaxRanks: [Int]
  private let timeline: Timeline

  private var inputs = PerFlow<[Transfers.Incoming]>(encoder: [], decoder: [])
  private var gradients = PerFlow<[Transfers.Incoming]>(encoder: [], decoder: [])
  private var parts: [(memory: Matrix, chunks: [Transfers.Incoming])] = []
  private var chunkRows: [Range<Int>] = []
  private var outputGradient = Matrix.empty
  private let partStorages: [FloatStorage]

  /// - Parameters:
  ///   - transfers: among the ranks of the replica.
  ///   - chunkSteps: time steps that are passed on together.
  ///   - below: the rank of the stage below, or nil for the first stage.
  ///   - above: the rank of the stage above, or nil for the last stage.
  ///   - softmaxRanks: of the last stage, the ranks that compute the softmax for it.
  ///   - timeline: told of waiting and sending.
  init(
    transfers: Transfers, chunkSteps: Int, below: Int?, above: Int?, softmaxRanks: [Int],
    timeline: Timeline
  ) {
    self.transfers = transfers
    self.chunkSteps = chunkSteps
    self.below = below
    self.above = above
    self.softmaxRanks = softmaxRanks
    self.timeline = timeline
    partStorages = softmaxRanks.map { _ in FloatStorage() }
  }

  func chunks(of packing: Packing) -> [Range<Int>] {
    Self.chunks(of: packing, steps: chunkSteps)
  }

  /// Consecutive steps, `steps` at a time.
  static func chunks(of packing: Packing, steps: Int) -> [Range<Int>] {
    stride(from: 0, to: packing.stepCount, by: steps).map {
      $0..<min($0 + steps, packing.stepCount)
    }
  }

  func begin(
    input: PerFlow<Matrix?>, outputGradient: PerFlow<Matrix?>, packings: PerFlow<Packing>
  ) throws {
    func post(_ matrix: Matrix?, _ packing: Packing, from rank: Int?, tag: Int, backwards: Bool)
      throws -> [Transfers.Incoming]
    {
      guard let matrix, let rank else { return [] }
      let rows = chunks(of: packing).map(packing.rows)
      // Messages of one tag arrive in the order in which they are sent: gradients last chunk first.
      let messages = try (backwards ? rows.reversed() : rows).map {
        try transfers.receive(into: matrix[rows: $0].memory, from: rank, tag: tag)
      }
      return backwards ? messages.reversed() : messages
    }
    inputs = PerFlow(
      encoder: try post(
        input.encoder, packings.encoder, from: below, tag: Tag.output(.encoder), backwards: false),
      decoder: try post(
        input.decoder, packings.decoder, from: below, tag: Tag.output(.decoder), backwards: false))
    gradients = PerFlow(
      encoder: try post(
        outputGradient.encoder, packings.encoder, from: above, tag: Tag.gradient(.encoder),
        backwards: true),
      decoder: try post(
        outputGradient.decoder, packings.decoder, from: above, tag: Tag.gradient(.decoder),
        backwards: true))
    parts = []
    if let gradient = outputGradient.decoder {
      self.outputGradient = gradient
      chunkRows = chunks(of: packings.decoder).map(packings.decoder.rows)
      parts = try zip(softmaxRanks, partStorages).map { rank, storage in
        let memory = storage.matrix(rows: gradient.rows, columns: gradient.columns)
        return (
          memory,
          try post(
            memory, packings.decoder, from: rank, tag: Tag.softmaxGradient, backwards: false)
        )
      }
    }
  }

  func awaitInput(_ flow: Flow, chunk: Int) throws {
    guard below != nil else { return timeline.computes("\(flow) forward \(chunk)") }
    try timeline.record(.waiting, "\(flow) input \(chunk)") {
      try transfers.wait(for: inputs[flow][chunk])
    }
    timeline.computes("\(flow) forward \(chunk)")
  }

  func passOutput(_ flow: Flow, chunk: Int, rows: Matrix) throws {
    let receivers = [above].compactMap { $0 } + (flow == .decoder ? softmaxRanks : [])
    guard !receivers.isEmpty else { return }
    try timeline.record(.sending, "\(flow) output \(chunk)") {
      for rank in receivers {
        try transfers.send(rows.constantMemory, to: rank, tag: Tag.output(flow))
      }
    }
  }

  func awaitOutputGradient(_ flow: Flow, chunk: Int) throws {
    try timeline.record(.waiting, "\(flow) gradient \(chunk)") {
      if above != nil { try transfers.wait(for: gradients[flow][chunk]) }
      for part in parts { try transfers.wait(for: part.chunks[chunk]) }
    }
    timeline.computes("\(flow) backward \(chunk)")
    // The slices' parts, added in the order of the slices.
    for (index, part) in parts.enumerated() {
      let rows = chunkRows[chunk]
      if index == 0 {
        outputGradient[rows: rows].copy(from: part.memory[rows: rows])
      } else {
        outputGradient[rows: rows].add(part.memory[rows: rows])
      }
    }
  }

  func passInputGradient(_ flow: Flow, chunk: Int, rows: Matrix) throws {
    guard let below else { return }
    try timeline.record(.sending, "\(flow) gradient \(chunk)") {
      try transfers.send(rows.constantMemory, to: below, tag: Tag.gradient(flow))
    }
  }
}

extension Matrix {
  /// The numbers of a matrix whose rows follow one another.
  var memory: UnsafeMutableBufferPointer<Float> {
    precondition(stride == columns, "rows follow one another")
    return UnsafeMutableBufferPointer(start: base, count: rows * columns)
  }

  /// The numbers, to be read.
  var constantMemory: UnsafeBufferPointer<Float> { UnsafeBufferPointer(memory) }
}
