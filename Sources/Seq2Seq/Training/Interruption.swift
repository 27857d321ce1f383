import Foundation

/// Signals that ask a process to stop: work that can end in order looks for them between its steps.
public enum Interruption {
  /// Has SIGINT and SIGTERM noted from now on. A second one ends the process at once. A signal that
  /// whoever started the process has it ignore, as a shell does in the background, stays ignored.
  public static func watch() {
    unblockSignals()
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigaction(number, nil, &action)
      guard unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) != ignored else {
        continue
      }
      action.__sigaction_handler.sa_handler = { received = $0 }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  /// A parent may have started this process with signals blocked, and what this process starts would
  /// inherit that.
  public static func unblockSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
  }

  /// `SIG_IGN`, which is no function.
  private static let ignored = 1

  /// - Parameter step: steps that are done.
  /// - Throws: `InputError` if a signal has come.
  static func check(after step: Int) throws {
    guard received != 0 else { return }
    throw InputError("stopped by \(name(of: received)) after step \(step)", kind: .stopped)
  }

  /// - Throws: `InputError` if a signal has come.
  public static func check() throws {
    guard received != 0 else { return }
    throw InputError("stopped by \(name(of: received))", kind: .stopped)
  }

  /// A signal's name, for people.
  public static func name(of signal: Int32) -> String {
    switch signal {
    case SIGINT: "SIGINT (Ctrl-C)"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    default: "signal \(signal)"
    }
  }
}

/// Set by the signal handler, read between steps.
nonisolated(unsafe) private var received: Int32 = 0
