/// The arithmetic of a run's ranks: `data × (layers + softmax)`. No communication happens here.
///
/// It joins three kinds of parallelism. *Data parallel*: replicas of the model take parts of every
/// minibatch. *Pipeline parallel*: stages of a replica take its layers. *Tensor parallel*: ranks
/// take slices of the output vocabulary (a vocabulary-sharded softmax).
///
/// Ranks of one replica are consecutive, its stages first and its softmax ranks after them, so
/// that a replica lands on one node. `1 × (4 + 4)` is the machine of Sutskever et al. (2014),
/// section 3.5.
public struct ProcessGrid: Sendable, Equatable {
  /// Where the softmax over the output vocabulary is computed.
  public enum Softmax: Sendable, Equatable {
    /// On the last stage of each replica, whole.
    case onLastStage
    /// On this many ranks of each replica that do nothing else, a slice of the vocabulary each.
    case dedicated(Int)
    /// Sliced over all ranks of the run.
    case sharded
  }

  /// What a rank does within its replica.
  public enum Role: Sendable, Equatable {
    /// Owns consecutive layers; stage 0 also owns the embeddings.
    case stage(Int)
    /// Owns a slice of the output vocabulary.
    case softmax(Int)
  }

  /// Where a rank is in the grid.
  public struct Coordinate: Sendable, Equatable {
    /// The replica, from 0.
    public let replica: Int
    /// The role within it.
    public let role: Role
  }

  /// The number of replicas, each of which takes its part of every minibatch.
  public let data: Int
  /// The number of stages of a replica.
  public let layers: Int
  /// Where the softmax is.
  public let softmax: Softmax

  /// The number of ranks per replica that only compute softmax slices.
  public var softmaxRanks: Int { if case .dedicated(let count) = softmax { count } else { 0 } }
  /// The number of ranks per replica.
  public var replicaSize: Int { layers + softmaxRanks }
  /// The number of ranks of the run.
  public var size: Int { data * replicaSize }

  /// The grid of a run.
  ///
  /// - Parameters:
  ///   - ranks: how many ranks the run has.
  ///   - data: replicas, or `nil` for what is left of the ranks.
  ///   - layers: stages of a replica.
  ///   - softmax: where the softmax is.
  ///   - modelLayers: layers of the model, of which every stage needs one.
  /// - Throws: `GridError` with the grids that would fit.
  public init(ranks: Int, data: Int?, layers: Int, softmax: Softmax, modelLayers: Int)
    throws(GridError)
  {
    func refuse(_ reason: String) -> GridError {
      GridError(reason: reason, fitting: Self.fitting(ranks: ranks, modelLayers: modelLayers))
    }
    guard ranks >= 1 else { throw refuse("a run needs at least one rank") }
    guard layers >= 1 else { throw refuse("parallel.layers must be at least 1") }
    guard layers <= modelLayers else {
      throw refuse("\(layers) stages cannot share \(modelLayers) layers: every stage needs one")
    }
    if case .dedicated(let count) = softmax, count < 1 {
      throw refuse("parallel.softmax must be 0, a number of ranks, or sharded")
    }
    self.layers = layers
    self.softmax = softmax
    let softmaxRanks = if case .dedicated(let count) = softmax { count } else { 0 }
    let (replicaSize, overflow) = layers.addingReportingOverflow(softmaxRanks)
    guard !overflow, replicaSize <= ranks, ranks % replicaSize == 0 else {
      throw refuse(
        "\(ranks) rank\(ranks == 1 ? "" : "s") cannot be divided into replicas of "
          + "\(layers) + \(softmaxRanks)")
    }
    let replicas = ranks / replicaSize
    if let data, data != replicas {
      throw refuse(
        "parallel.data is \(data), but \(ranks) ranks make \(replicas) replicas of "
          + "\(layers) + \(softmaxRanks)")
    }
    self.data = replicas
  }

  /// Where a rank is in the grid. There must be such a rank.
  public func coordinate(ofRank rank: Int) -> Coordinate {
    precondition((0..<size).contains(rank), "no such rank")
    let position = rank % replicaSize
    return Coordinate(
      replica: rank / replicaSize,
      role: position < layers ? .stage(position) : .softmax(position - layers))
  }

  /// The rank that has this role in this replica.
  public func rank(replica: Int, role: Role) -> Int {
    let position =
      switch role {
      case .stage(let index): index
      case .softmax(let index): layers + index
      }
    return replica * replicaSize + position
  }

  /// The slices of a vocabulary, one for each rank that takes part in the softmax.
  public func vocabularyRanges(vocabularySize: Int) -> [Range<Int>] {
    let slices =
      switch softmax {
      case .onLastStage: 1
      case .dedicated(let count): count
      case .sharded: size
      }
    return (0..<vocabularySize).evenShards(slices)
  }

  private static func fitting(ranks: Int, modelLayers: Int) -> [String] {
    guard ranks >= 1, modelLayers >= 1 else { return [] }
    var grids: [String] = []
    for replicaSize in 1...ranks where ranks % replicaSize == 0 {
      for layers in 1...min(replicaSize, modelLayers) {
        let softmax = replicaSize - layers
        // Beyond the even split of the paper only the pure forms are worth proposing.
        if softmax == 0 || softmax == layers || layers == modelLayers {
          grids.append("\(ranks / replicaSize)×(\(layers)+\(softmax))")
        }
      }
    }
    return grids
  }
}

/// A grid that cannot be.
public struct GridError: Error, CustomStringConvertible, Equatable {
  /// Why.
  public let reason: String
  /// Grids that the ranks can form, as `data×(layers+softmax)`.
  public let fitting: [String]

  /// One sentence with the grids that would fit.
  public var description: String {
    fitting.isEmpty
      ? reason
      : "\(reason); grids that fit, as data×(layers+softmax): "
        + fitting.prefix(8).joined(separator: ", ")
  }
}
