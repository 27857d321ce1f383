import CMPI

/// The life of MPI in a process: from initialisation to finalisation (MPI 4.0, section 11.2).
public enum MPIRuntime {
  /// Initialises MPI, runs `body` with the communicator of all ranks, and finalises.
  ///
  /// MPI is asked for `MPI_THREAD_FUNNELED`: only the calling thread may communicate. Without
  /// `mpirun` the process is a job of one rank. When `body` throws, MPI is *not* finalised, for
  /// the other ranks may be waiting for this one: the caller says what is wrong and ends the job
  /// with `Communicator.abort(exitCode:)`.
  ///
  /// - Throws: `MPIError` if MPI cannot start or stop; whatever `body` throws.
  public static func run<Result>(_ body: (Communicator) throws -> Result) throws -> Result {
    let world = try start()
    let result = try body(world)
    try stop()
    return result
  }

  /// Initialises MPI; `run(_:)` is the better choice wherever a scope can hold its life.
  public static func start() throws(MPIError) -> Communicator {
    var provided: Int32 = 0
    try check(
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided), "MPI_Init_thread")
    let world = try Communicator(handle: cmpi_comm_world(), isOwned: false)
    ranksOfNode = try world.splitByNode().size
    return world
  }

  /// Ranks of this process's node, from `start()` on. Counted: not every starter of ranks tells.
  public nonisolated(unsafe) private(set) static var ranksOfNode = 1

  /// Finalises MPI; every rank takes part.
  public static func stop() throws(MPIError) {
    try check(MPI_Finalize(), "MPI_Finalize")
  }

  /// Whether MPI calls are allowed now.
  static var isActive: Bool {
    var initialized: Int32 = 0
    var finalized: Int32 = 0
    MPI_Initialized(&initialized)
    MPI_Finalized(&finalized)
    return initialized != 0 && finalized == 0
  }
}
