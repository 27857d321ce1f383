import Foundation
import Synchronization

/// Threads that compute parts of a product beside the thread that wants it.
///
/// libdispatch has threads for that too, but where the system refuses it one, because memory is
/// limited (`ulimit -v`), it asks again for ever. Here whoever wants a product computes the parts
/// that no thread takes.
final class WorkerThreads: Sendable {
  typealias Body = @Sendable (_ part: Int) -> Void

  /// Those of this process.
  static let shared = WorkerThreads()

  private struct State {
    var threads = 0
    var isRefused = false
    var isBusy = false
    var body: Body = { _ in }
    var parts = 0
    var next = 0
    var unfinished = 0
  }

  private let state = Mutex(State())
  private let wake = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)

  /// Calls `body` with 0 up to `parts`, on this thread and others; returns when all calls have.
  func perform(parts: Int, _ body: @escaping Body) {
    let helpers = state.withLock { begin(&$0, parts: parts, body) }
    guard helpers > 0 else {
      for part in 0..<parts { body(part) }
      return
    }
    for _ in 0..<helpers { wake.signal() }
    while takePart() {}
    finished.wait()
    state.withLock {
      $0.body = { _ in }
      $0.isBusy = false
    }
  }

  /// How many threads will help: none where those there are work for somebody else.
  private func begin(_ state: inout State, parts: Int, _ body: @escaping Body) -> Int {
    guard !state.isBusy else { return 0 }
    while state.threads < parts - 1, !state.isRefused {
      if Self.start() { state.threads += 1 } else { state.isRefused = true }
    }
    guard state.threads > 0 else { return 0 }
    (state.isBusy, state.body) = (true, body)
    (state.parts, state.next, state.unfinished) = (parts, 0, parts)
    return min(state.threads, parts - 1)
  }

  /// Computes a part, if one is left.
  private func takePart() -> Bool {
    let next = state.withLock { state -> (body: Body, part: Int)? in
      guard state.next < state.parts else { return nil }
      state.next += 1
      return (state.body, state.next - 1)
    }
    guard let next else { return false }
    next.body(next.part)
    let isLast = state.withLock {
      $0.unfinished -= 1
      return $0.unfinished == 0
    }
    if isLast { finished.signal() }
    return true
  }

  /// Starts a thread, for as long as the process lives; false if the system does not allow it.
  private static func start() -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    // The user's limit may be gigabytes, which neither products nor searches need.
    pthread_attr_setstacksize(&attributes, 1 << 20)
    var thread = pthread_t()
    let code = pthread_create(
      &thread, &attributes,
      { _ in
        let threads = WorkerThreads.shared
        while true {
          threads.wake.wait()
          while threads.takePart() {}
        }
      }, nil)
    return code == 0
  }
}
