import Distributed

/// The links of a stage of a replica (pipeline parallelism): chunk after chunk of time steps, a stage works
/// on one while the next stage works on the one before, a wavefront. Activations go up from stage to stage, and from the last
/// one to the softmax ranks; gradients come down (Sutskever et al. 2014, section 3.5).
///
/// All receives of a batch are posted when it begins. Sends start as soon as a chunk is computed and
/// are awaited when the step ends, so that a stage goes on with its next chunk meanwhile.
final class PipelineLinks: StageLinks {
  /// What a message carries.
  enum Tag {
    static func output(_ side: Side) -> Int { side.rawValue }
    static func gradient(_ side: Side) -> Int { 2 + side.rawValue }
    static let softmaxGradient = 4
  }

  /// The ranks of the replica that a stage is linked with.
  struct Stage {
    /// That of the stage below, or nil for the first stage.
    let below: Int?
    /// That of the stage above, or nil for the last stage.
    let above: Int?
    /// Of the last stage, those that compute the softmax for it.
    let softmaxRanks: [Int]
  }

  let isAlone = false

  private let transfers: Transfers
  private let chunkSteps: Int
  private let stage: Stage
  private var below: Int? { stage.below }
  private var above: Int? { stage.above }
  private var softmaxRanks: [Int] { stage.softmaxRanks }
  private let timeline: Timeline

  private var inputs = PerSide<[Transfers.Incoming]>(encoder: [], decoder: [])
  private var gradients = PerSide<[Transfers.Incoming]>(encoder: [], decoder: [])
  private var partials: [(memory: Matrix, chunks: [Transfers.Incoming])] = []
  private var chunkRows: [Range<Int>] = []
  private var outputGradient = Matrix.empty
  private let partialStorages: [FloatStorage]

  /// - Parameters:
  ///   - stage: whom it is linked with.
  ///   - transfers: among the ranks of the replica.
  ///   - chunkSteps: time steps that are passed on together.
  ///   - timeline: told of waiting and sending.
  init(of stage: Stage, over transfers: Transfers, chunkSteps: Int, timeline: Timeline) {
    self.stage = stage
    self.transfers = transfers
    self.chunkSteps = chunkSteps
    self.timeline = timeline
    partialStorages = stage.softmaxRanks.map { _ in FloatStorage() }
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
    input: PerSide<Matrix?>, outputGradient: PerSide<Matrix?>, packings: PerSide<Packing>
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
    inputs = PerSide(
      encoder: try post(
        input.encoder, packings.encoder, from: below, tag: Tag.output(.encoder), backwards: false),
      decoder: try post(
        input.decoder, packings.decoder, from: below, tag: Tag.output(.decoder), backwards: false))
    gradients = PerSide(
      encoder: try post(
        outputGradient.encoder, packings.encoder, from: above, tag: Tag.gradient(.encoder),
        backwards: true),
      decoder: try post(
        outputGradient.decoder, packings.decoder, from: above, tag: Tag.gradient(.decoder),
        backwards: true))
    partials = []
    if let gradient = outputGradient.decoder {
      self.outputGradient = gradient
      chunkRows = chunks(of: packings.decoder).map(packings.decoder.rows)
      partials = try zip(softmaxRanks, partialStorages).map { rank, storage in
        let memory = storage.matrix(rows: gradient.rows, columns: gradient.columns)
        return (
          memory,
          try post(
            memory, packings.decoder, from: rank, tag: Tag.softmaxGradient, backwards: false)
        )
      }
    }
  }

  func awaitInput(_ side: Side, chunk: Int) throws {
    guard below != nil else { return timeline.computes("\(side) forward \(chunk)") }
    try timeline.record(.waiting, "\(side) input \(chunk)") {
      try transfers.wait(for: inputs[side][chunk])
    }
    timeline.computes("\(side) forward \(chunk)")
  }

  func passOutput(_ side: Side, chunk: Int, rows: Matrix) throws {
    let receivers = [above].compactMap { $0 } + (side == .decoder ? softmaxRanks : [])
    guard !receivers.isEmpty else { return }
    try timeline.record(.sending, "\(side) output \(chunk)") {
      for rank in receivers {
        try transfers.send(rows.constantMemory, to: rank, tag: Tag.output(side))
      }
    }
  }

  func awaitOutputGradient(_ side: Side, chunk: Int) throws {
    try timeline.record(.waiting, "\(side) gradient \(chunk)") {
      if above != nil { try transfers.wait(for: gradients[side][chunk]) }
      for partial in partials { try transfers.wait(for: partial.chunks[chunk]) }
    }
    timeline.computes("\(side) backward \(chunk)")
    // The slices' partial sums, added in the order of the slices.
    for (index, partial) in partials.enumerated() {
      let rows = chunkRows[chunk]
      if index == 0 {
        outputGradient[rows: rows].copy(from: partial.memory[rows: rows])
      } else {
        outputGradient[rows: rows].add(partial.memory[rows: rows])
      }
    }
  }

  func passInputGradient(_ side: Side, chunk: Int, rows: Matrix) throws {
    guard let below else { return }
    try timeline.record(.sending, "\(side) gradient \(chunk)") {
      try transfers.send(rows.constantMemory, to: below, tag: Tag.gradient(side))
    }
  }
}
