import Foundation
import Seq2Seq

/// Starts `mpirun` with this program on several ranks, with the flags that people get wrong.
struct MPIRun {
  /// Ranks to start.
  let ranks: Int
  /// A hostfile, or nil for this machine alone.
  let hosts: String?

  /// The variable that tells ranks that a person is watching: below `mpirun` they cannot see it.
  static let terminalVariable = "SEQ2SEQ_TERMINAL"

  /// Whether this process was started by `mpirun` or its like.
  static var isInsideJob: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK"].contains { environment[$0] != nil }
  }

  /// Runs this program with `arguments` on the ranks, and returns the job's exit code.
  ///
  /// - Throws: `InputError` if there is no `mpirun`, the hostfile cannot be read, or a signal told
  ///   this process to stop.
  func run(_ arguments: [String]) throws -> Int32 {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    unblockSignals()
    let folder = NSTemporaryDirectory() + "/seq2seq-\(getpid())"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    setenv(RankStatus.folderVariable, folder, 1)
    let words = try ["mpirun"] + flags() + [program] + arguments
    var pipe: [Int32] = [-1, -1]
    guard Foundation.pipe(&pipe) == 0 else {
      throw InputError("cannot make a pipe", kind: .stopped)
    }
    let child = try start(words, errors: pipe[1])
    close(pipe[1])
    forwardSignals(to: child)
    var errors = JobErrors()
    errors.read(from: pipe[0])
    close(pipe[0])
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if stoppedBySignal != 0 {
      throw InputError(
        "stopped by signal \(stoppedBySignal); what was saved before is intact", kind: .stopped)
    }
    // As the shell counts: 128 and the number of the signal.
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    explain(code, errors, status: folder)
    return code
  }

  /// The flags of `mpirun`: ranks bound to cores where there are enough of them, and free to share
  /// them where there are not.
  func flags() throws -> [String] {
    var flags = ["-np", "\(ranks)"]
    if getuid() == 0 { flags.append("--allow-run-as-root") }
    if let hosts { flags += ["--hostfile", hosts] }
    let cores = try hosts.map(Self.slots(inHostfile:)) ?? Cores.onNode
    if let cores, cores < ranks {
      flags += ["--oversubscribe", "--bind-to", "none"]
    } else if let cores, hosts == nil, cores / ranks > 1 {
      flags += ["--map-by", "slot:PE=\(cores / ranks)", "--bind-to", "core"]
    } else {
      flags += ["--bind-to", "core"]
    }
    // mpirun passes the environment on to this machine's ranks only.
    let threads = "OPENBLAS_NUM_THREADS"
    if ProcessInfo.processInfo.environment[threads] != nil { flags += ["-x", threads] }
    if isatty(STDOUT_FILENO) != 0 { flags += ["-x", "\(Self.terminalVariable)=1"] }
    return flags
  }

  /// The slots of a hostfile; nil where a host does not say how many it has.
  static func slots(inHostfile path: String) throws -> Int? {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw InputError("cannot read the hostfile \(path)", kind: .usage)
    }
    var total = 0
    for line in text.split(separator: "\n") {
      let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
      guard let host = words.first else { continue }
      let slots = words.first { $0.hasPrefix("slots=") }.flatMap { Int($0.dropFirst(6)) }
      if let slots {
        total += slots
      } else if host == "localhost" {
        total += Cores.onNode
      } else {
        return nil
      }
    }
    return total
  }

  /// A parent may have started this process with signals blocked; `mpirun` would inherit that.
  private func unblockSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
  }

  /// Starts `mpirun` in a process group of its own, so that what a terminal sends to this process
  /// reaches it once, by way of `forwardSignals`.
  private func start(_ words: [String], errors: Int32) throws -> pid_t {
    var child: pid_t = 0
    var strings = words.map { strdup($0) }
    strings.append(nil)
    defer { strings.forEach { free($0) } }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO)
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    guard posix_spawnp(&child, "mpirun", &files, &attributes, strings, environ) == 0 else {
      throw InputError(
        "cannot start mpirun; on Debian it is in the package openmpi-bin", kind: .usage)
    }
    return child
  }

  /// `mpirun` ends its ranks when it is told to end: it must hear of it.
  private func forwardSignals(to child: pid_t) {
    mpirunProcess = child
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) {
        stoppedBySignal = $0
        kill(mpirunProcess, SIGTERM)
      }
    }
  }

  /// Says why a job failed, if no rank has.
  private func explain(_ code: Int32, _ errors: JobErrors, status folder: String) {
    if let death = errors.death {
      let name = String(cString: strsignal(death.signal))
      let hint = death.signal == SIGKILL ? "; the system does that when memory runs out" : ""
      let doing = RankStatus.text(ofRank: death.rank, in: folder).map { " (\($0))" } ?? ""
      printError(
        "rank \(death.rank)\(doing) was ended by signal \(death.signal) (\(name))\(hint); "
          + "the others were stopped")
    } else if code != 0, !errors.hasMessage {
      printError(
        "mpirun ended with code \(code)\(errors.remarks.isEmpty ? "" : ":")\n"
          + errors.remarks.joined(separator: "\n"))
    }
  }
}

/// Set once, before the signal handlers that read it.
nonisolated(unsafe) private var mpirunProcess: pid_t = 0
/// Set by the signal handlers, read when the job has ended.
nonisolated(unsafe) private var stoppedBySignal: Int32 = 0
