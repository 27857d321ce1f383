import Distributed

/// What a rank is in the process grid: its role, its part of the model, and whom it talks to.
struct RankContext {
  let grid: ProcessGrid
  /// All ranks of the run.
  let world: Communicator
  /// The ranks that hold the same parameters, one per replica.
  let peers: Peers
  /// This rank's replica and role.
  let coordinate: ProcessGrid.Coordinate
  /// This rank's part of the model.
  let part: ModelPart
  /// Messages within the replica.
  let transfers: Transfers
  /// What this rank does when.
  let timeline: Timeline
  private let plan: ModelPlan
  private let chunkSteps: Int
  private let softmaxGroup: Communicator?

  /// Finds out what this rank is; all ranks of `world` take part.
  ///
  /// - Throws: `GridError` if the ranks cannot form the grid.
  init(
    _ parallel: Configuration.Parallel, plan: ModelPlan, world: Communicator,
    timeline: Timeline = Timeline()
  ) throws {
    let grid = try ProcessGrid(
      ranks: world.size, data: parallel.data, layers: parallel.layers, softmax: parallel.softmax,
      modelLayers: plan.layerCount)
    self.grid = grid
    self.world = world
    self.timeline = timeline
    self.plan = plan
    chunkSteps = grid.replicaSize == 1 ? Int.max : parallel.chunkSteps
    coordinate = grid.coordinate(ofRank: world.rank)
    let position = world.rank % grid.replicaSize
    guard let peers = try world.split(color: position, key: coordinate.replica),
      let replica = try world.split(color: coordinate.replica, key: position)
    else { preconditionFailure("every rank has a colour") }
    self.peers = try Peers(peers, exchange: parallel.exchange)
    transfers = Transfers(over: replica)
    let slices = grid.vocabularyRanges(vocabularySize: plan.vocabularySize)
    let stages = LayerPartition.ranges(of: plan, in: grid)
    var part = ModelPart(layers: 0..<0, vocabulary: nil)
    switch coordinate.role {
    case .stage(let stage):
      part.layers = stages[stage]
      if grid.softmax == .onLastStage, stage == grid.layers - 1 { part.vocabulary = slices[0] }
      softmaxGroup = try replica.split(color: nil)
    case .softmax(let index):
      part.layers = plan.layerCount..<plan.layerCount
      part.vocabulary = slices[index]
      softmaxGroup = try replica.split(color: 0)
    }
    if grid.softmax == .sharded {
      part.vocabulary = slices[world.rank]
      part.hasLocalOutput = true
    }
    self.part = part
  }

  /// This rank's role, for people.
  var description: String {
    let role =
      switch coordinate.role {
      case .stage(let index): "stage \(index)"
      case .softmax(let index): "softmax \(index)"
      }
    return grid.data > 1 ? "\(role) of replica \(coordinate.replica)" : role
  }

  /// Whom this rank's layers get activations from and give them to.
  func links() -> any StageLinks {
    guard case .stage(let stage) = coordinate.role, grid.replicaSize > 1 else {
      return NoLinks()
    }
    let isLast = stage == grid.layers - 1
    return PipelineLinks(
      of: .init(
        below: stage > 0 ? stage - 1 : nil, above: isLast ? nil : stage + 1,
        softmaxRanks: isLast ? Array(grid.layers..<grid.replicaSize) : []),
      over: transfers, chunkSteps: chunkSteps, timeline: timeline)
  }

  /// This rank's work for the output layer.
  func softmaxWork(_ model: any Model) -> any SoftmaxWork {
    guard let output = model.output else { return NoSoftmax() }
    switch grid.softmax {
    case .onLastStage: return LocalSoftmax(output: output, replica: coordinate.replica)
    case .sharded:
      return ShardedSoftmax(
        output, world: world,
        lastStages: (0..<grid.data).map { grid.rank(replica: $0, role: .stage(grid.layers - 1)) },
        timeline: timeline)
    case .dedicated:
      guard let softmaxGroup else { preconditionFailure("a softmax rank has its group") }
      return DedicatedSoftmax(
        output, replica: coordinate.replica,
        lastStage: .init(transfers: transfers, rank: grid.layers - 1, chunkSteps: chunkSteps),
        slices: SliceGroup(softmaxGroup, timeline: timeline))
    }
  }
}
