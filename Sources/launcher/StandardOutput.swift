import Foundation
import Seq2Seq

/// What this program has to say, on standard output: every write is checked, for what did not arrive
/// must not look as if it had.
///
/// Used by the main thread alone.
enum StandardOutput {
  nonisolated(unsafe) private static var pending: [UInt8] = []

  /// Adds text, which `flush()` sends off.
  ///
  /// - Throws: `InputError` if standard output takes no more.
  static func write(_ text: String) throws {
    pending += text.utf8
    if pending.count > 1 << 16 { try flush() }
  }

  /// Adds a line.
  static func line(_ text: String) throws { try write(text + "\n") }

  /// Nobody reads standard output any more: there is nothing to say, and nothing more to do.
  struct ReaderHasGone: Error {}

  /// Ends this process as `cat` ends where its reader has gone.
  static func endWithoutReader() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    _exit(128 + SIGPIPE)
  }

  /// Sends off what was added. What did not arrive once is said again by every later call, so that
  /// no exit code forgets it.
  ///
  /// - Throws: `InputError` if standard output takes no more, `ReaderHasGone`.
  static func flush() throws {
    if let failure { throw failure }
    do { try send() } catch {
      failure = error
      throw error
    }
    pending = []
  }

  nonisolated(unsafe) private static var failure: (any Error)?

  private static func send() throws {
    var sent = 0
    while sent < pending.count {
      let count = pending.withUnsafeBytes {
        Foundation.write(STDOUT_FILENO, $0.baseAddress! + sent, $0.count - sent)
      }
      if count >= 0 {
        sent += count
      } else if errno == EAGAIN {
        awaitReady(STDOUT_FILENO, POLLOUT)
      } else if errno == EPIPE {
        throw ReaderHasGone()
      } else if errno != EINTR {
        throw InputError("cannot write to standard output: \(systemMessage())", kind: .stopped)
      }
    }
  }
}

/// Takes the places of standard descriptors that are closed, so that no file that is opened later
/// gets their numbers; what is then read from or written to them fails.
func holdStandardDescriptors() {
  for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]
  where fcntl(descriptor, F_GETFD) < 0 {
    // The lowest free number is what `open` gives.
    _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
  }
}
