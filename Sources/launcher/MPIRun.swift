import Foundation
import Seq2Seq

/// Starts `mpirun` with this program on several ranks, with the flags that people get wrong.
struct MPIRun {
  /// Ranks to start.
  let ranks: Int
  /// A hostfile, or nil for this machine alone.
  let hosts: Hostfile?

  /// How many ranks a job can have.
  static let possibleRanks = 1...65536

  /// mpirun joins the arguments of a rank, and the system has a limit for each.
  private static let longestArgument = 1 << 14

  /// The variable that tells ranks that a person is watching: below `mpirun` they cannot see it.
  static let terminalVariable = "SEQ2SEQ_TERMINAL"

  /// Whether this process was started by `mpirun` or its like. To be asked before MPI begins, which
  /// sets these variables in a process that was started alone.
  static let isInsideJob: Bool = {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"].contains { environment[$0] != nil }
  }()

  /// Runs this program with `arguments` on the ranks, and returns the job's exit code.
  ///
  /// - Parameters:
  ///   - arguments: of each rank.
  ///   - saved: says what the job leaves where it was ended, as the end of a sentence.
  /// - Throws: `InputError` if there is no `mpirun`, the hostfile cannot be read, or a signal told
  ///   this process to stop.
  func run(_ arguments: [String], saved: () -> String? = { nil }) throws -> Int32 {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    if let long = arguments.first(where: { $0.utf8.count > Self.longestArgument }) {
      throw InputError(
        "\(long.quoted) has \(long.utf8.count) bytes, more than mpirun passes on", kind: .usage)
    }
    let folder = try PrivateFolder()
    defer { folder.remove() }
    setenv(RankStatus.folderVariable, folder.path, 1)
    let hostfile = hosts.map { _ in folder.path + "/hosts" }
    if let hosts, let hostfile { try AtomicFile.write(hosts.text, to: hostfile) }
    let words = ["mpirun"] + flags(hostfile: hostfile) + [program] + arguments
    let (output, errorPipe) = (try Self.makePipe(), try Self.makePipe())
    // Before mpirun is there, so that no signal finds it alone.
    forwardSignals()
    let child = try start(words, output: output.write, errors: errorPipe.write)
    mpirunProcess = child
    if stoppedBySignal != 0 { kill(child, SIGTERM) }
    close(output.write)
    close(errorPipe.write)
    var job = JobOutput()
    let written = Result {
      try Self.pass(&job, of: child, from: output.read, errors: errorPipe.read)
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    mpirunProcess = 0
    try written.get()
    if stoppedBySignal != 0 { throw Interruption.stopped(by: stoppedBySignal) }
    // As the shell counts: 128 and the number of the signal.
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    explain(code, job.errors, status: folder.path, saved: saved)
    // What is no code of this program's is mpirun's own.
    return (0..<128).contains(code) && ![0, 64, 65, 70, 75].contains(code)
      ? InputError.Kind.stopped.rawValue : code
  }

  /// Passes on what the job says, until it says no more.
  private static func pass(
    _ job: inout JobOutput, of child: pid_t, from output: Int32, errors: Int32
  ) throws {
    defer {
      close(output)
      close(errors)
    }
    var end: ContinuousClock.Instant?
    try job.read(output: output, errors: errors) {
      guard stoppedBySignal != 0 else { return }
      // mpirun that does not end is ended with all that it started: it leads a group of its own.
      if let end, .now > end { kill(-child, SIGKILL) }
      end = end ?? .now + .seconds(10)
    } orStop: {
      kill(child, SIGTERM)
    }
  }

  private static func makePipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw InputError("cannot make a pipe: \(systemMessage())", kind: .stopped)
    }
    // Not for mpirun, which gets the writing ends under other numbers.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// The flags of `mpirun`: ranks bound to cores where there are enough of them, and free to share
  /// them where there are not.
  func flags(hostfile: String?) -> [String] {
    var flags = ["-np", "\(ranks)"]
    if getuid() == 0 { flags.append("--allow-run-as-root") }
    if let hostfile { flags += ["--hostfile", hostfile] }
    let cores = hosts.map(\.slots) ?? Cores.onNode
    if let cores, cores < ranks {
      flags += ["--oversubscribe", "--bind-to", "none"]
    } else if let cores, hosts == nil, cores / ranks > 1 {
      flags += ["--map-by", "slot:PE=\(cores / ranks)", "--bind-to", "core"]
    } else {
      flags += ["--bind-to", "core"]
    }
    // mpirun passes the environment on to this machine's ranks only.
    let environment = ProcessInfo.processInfo.environment
    for variable in MatrixThreads.variables where environment[variable] != nil {
      flags += ["-x", variable]
    }
    if Terminal.isThere { flags += ["-x", "\(Self.terminalVariable)=1"] }
    return flags
  }

  /// Starts `mpirun` in a process group of its own, so that what a terminal sends to this process
  /// reaches it once, by way of `forwardSignals`.
  private func start(_ words: [String], output: Int32, errors: Int32) throws -> pid_t {
    var child: pid_t = 0
    var strings = words.map { strdup($0) }
    strings.append(nil)
    defer { strings.forEach { free($0) } }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGDEF))
    posix_spawnattr_setpgroup(&attributes, 0)
    // Ignored here, and not by a program that expects to end where nobody reads what it prints.
    var plain = sigset_t()
    sigemptyset(&plain)
    sigaddset(&plain, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &plain)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO)
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    let code = posix_spawnp(&child, "mpirun", &files, &attributes, strings, environ)
    guard code == 0 else {
      throw InputError(
        "cannot start mpirun: \(String(cString: strerror(code)))"
          + (code == ENOENT ? "; on Debian it is in the package openmpi-bin" : ""), kind: .usage)
    }
    return child
  }

  /// `mpirun` ends its ranks when it is told to end: it must hear of it.
  private func forwardSignals() {
    Interruption.handle {
      stoppedBySignal = $0
      if mpirunProcess > 0 { kill(mpirunProcess, SIGTERM) }
    }
  }

  /// Says why a job failed, if no rank has.
  private func explain(
    _ code: Int32, _ errors: JobErrors, status folder: String, saved: () -> String?
  ) {
    if let death = errors.death {
      let name = String(cString: strsignal(death.signal))
      let hint = death.signal == SIGKILL ? "; the system does that when memory runs out" : ""
      let doing = RankStatus.text(ofRank: death.rank, in: folder).map { " (\($0))" } ?? ""
      printError(
        "rank \(death.rank)\(doing) was ended by signal \(death.signal) (\(name))\(hint); "
          + "the others were stopped\(saved().map { "; \($0)" } ?? "")")
    } else if code != 0, !errors.hasMessage {
      let remarks = errors.remarks.map { $0.trimmingCharacters(in: .whitespaces) }.filter {
        !$0.isEmpty
      }
      printError(
        "mpirun ended with code \(code)\(remarks.isEmpty ? "" : ": ")"
          + remarks.joined(separator: " "))
    }
  }
}

/// Set while mpirun runs; the signal handler reads it.
nonisolated(unsafe) private var mpirunProcess: pid_t = 0
/// Set by the signal handlers, read when the job has ended.
nonisolated(unsafe) private var stoppedBySignal: Int32 = 0
