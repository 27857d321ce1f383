import Foundation

/// Signals that ask a process to stop: work that can end in order looks for them between its steps.
public enum Interruption {
  /// Has SIGINT and SIGTERM noted from now on. A second one ends the process at once.
  public static func watch() {
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { received = $0 }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_RESTART
      sigaction(number, &action, nil)
    }
  }

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
