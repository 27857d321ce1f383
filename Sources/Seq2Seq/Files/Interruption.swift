import Foundation

/// Signals that ask a process to stop: work that can end in order looks for them between its steps.
public enum Interruption {
  /// Those that people, schedulers and closed terminals send.
  public static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Has the signals noted from now on. A second one ends the process at once.
  public static func watch() {
    handle(once: true) { received = $0 }
  }

  /// Has a handler called for the signals. One that whoever started the process has it ignore, as
  /// `nohup` and a shell's background do, stays ignored.
  ///
  /// - Parameters:
  ///   - once: whether a second signal of a kind does what it does by itself.
  ///   - handler: may do only what a signal handler may.
  public static func handle(once: Bool = false, _ handler: @convention(c) (Int32) -> Void) {
    unblockSignals()
    for number in signals {
      var action = sigaction()
      sigaction(number, nil, &action)
      let old = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      guard old != ignored else { continue }
      action.__sigaction_handler.sa_handler = handler
      action.sa_flags = SA_RESTART | (once ? Int32(bitPattern: UInt32(SA_RESETHAND)) : 0)
      sigaction(number, &action, nil)
    }
  }

  /// `SIG_IGN`, which is no function.
  private static let ignored = 1

  /// A parent may have started this process with signals blocked, and what this process starts would
  /// inherit that.
  private static func unblockSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    sigprocmask(SIG_SETMASK, &none, nil)
  }

  /// - Parameter step: steps that are done, if it is steps.
  /// - Throws: `InputError` if a signal has come since `watch()`.
  public static func check(after step: Int? = nil) throws {
    guard received != 0 else { return }
    throw stopped(by: received, after: step)
  }

  /// Waits, and returns early when a signal comes.
  ///
  /// - Parameter milliseconds: how long; a signal that comes just before the wait is seen after it.
  /// - Returns: whether a signal has come since `watch()`.
  public static func comes(within milliseconds: Int32) -> Bool {
    if received == 0 { poll(nil, 0, milliseconds) }
    return received != 0
  }

  /// Returns when a descriptor can be read from, or its other end is closed.
  ///
  /// - Throws: `InputError` if a signal came meanwhile.
  static func awaitInput(_ descriptor: Int32) throws {
    repeat {
      try check()
      // Asked anew every now and then: a signal that comes just before the wait does not end it.
    } while !awaitReady(descriptor, POLLIN, milliseconds: 200)
  }

  /// The error of a process that a signal stopped.
  public static func stopped(by signal: Int32, after step: Int? = nil) -> InputError {
    let name =
      switch signal {
      case SIGINT: "SIGINT (Ctrl-C)"
      case SIGTERM: "SIGTERM"
      case SIGHUP: "SIGHUP"
      default: "signal \(signal)"
      }
    return InputError(
      "stopped by \(name)\(step.map { " after step \($0)" } ?? "")", kind: .stopped)
  }
}

/// Set by the signal handler, read between steps.
nonisolated(unsafe) private var received: Int32 = 0
