import Foundation
import Seq2Seq

/// Reads what a job writes, from the two pipes that it writes to, and passes it on: standard output
/// line by line, checked as all output of this program is, and of standard error what `JobErrors` lets
/// through.
struct JobOutput {
  /// What the job wrote to standard error.
  private(set) var errors = JobErrors()

  /// A pipe and what was read of a line that has not ended.
  private struct Source {
    let descriptor: Int32
    var pending: [UInt8] = []
    var isOpen = true
  }

  /// Reads both pipes to their ends.
  ///
  /// - Parameters:
  ///   - wake: called every second or so.
  ///   - stop: called once when standard output takes no more; the rest is read and dropped.
  /// - Throws: then, when the job has closed its pipes, what standard output threw.
  mutating func read(
    output: Int32, errors errorPipe: Int32, wake: () -> Void, orStop stop: () -> Void
  ) throws {
    var sources = [Source(descriptor: output), Source(descriptor: errorPipe)]
    var failure: (any Error)?
    while sources.contains(where: \.isOpen) {
      var requests = sources.map {
        pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0)
      }
      wake()
      guard poll(&requests, 2, 1000) > 0 else { continue }
      for index in sources.indices where requests[index].revents != 0 {
        for line in Self.lines(of: &sources[index]) {
          if index == 1 {
            passError(line)
          } else if failure == nil {
            do { try Progress.pass(line) } catch {
              failure = error
              stop()
            }
          }
        }
      }
    }
    if let failure { throw failure }
  }

  private mutating func passError(_ line: String) {
    guard let line = errors.take(line) else { return }
    Progress.leaveLine()
    writeToStandardError(line)
  }

  /// The lines that one read completes; at the end of the pipe, the last one without its end.
  private static func lines(of source: inout Source) -> [String] {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = Foundation.read(source.descriptor, &buffer, buffer.count)
    if count < 0, errno == EINTR { return [] }
    guard count > 0 else {
      source.isOpen = false
      defer { source.pending = [] }
      return source.pending.isEmpty ? [] : [String(decoding: source.pending, as: UTF8.self)]
    }
    source.pending += buffer[..<count]
    guard let end = source.pending.lastIndex(of: 0x0A) else { return [] }
    defer { source.pending.removeSubrange(...end) }
    return source.pending[..<end].split(separator: 0x0A, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
