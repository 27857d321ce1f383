import Distributed
import Foundation

/// What a rank does when: computing, waiting, exchanging; as sums, and as a trace that the viewers
/// of Chrome and Perfetto open (their "Trace Event Format").
public final class Timeline {
  /// What a rank can be doing.
  public enum Activity: String, Sendable, CaseIterable {
    /// Its own work.
    case computing
    /// Waiting for other ranks: activations, gradients, sums and updates of this node, loss and norm.
    case waiting
    /// Handing activations or gradients on.
    case sending
    /// Summing gradients over replicas.
    case exchanging
  }

  private struct Interval {
    let activity: Activity
    let label: String
    let start: Double
    let end: Double
  }

  /// Whether events are kept; sums always are.
  private let keepsEvents: Bool
  /// Events that are kept at most: some seconds of a pipeline, and what a viewer can show.
  private static let eventLimit = 50_000
  private var events: [Interval] = []
  private var totals: [Activity: Double] = [:]
  private var lastEnd: Double
  private var computing = "step"
  /// What the rank does now.
  public private(set) var current = "beginning" {
    didSet { observer?(current) }
  }
  private var observer: ((String) -> Void)?

  /// - Parameter keepsEvents: whether a trace will be written.
  public init(keepsEvents: Bool = false) {
    self.keepsEvents = keepsEvents
    lastEnd = Self.now
  }

  /// Seconds of a clock that all processes of a machine share.
  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Has `observer` told of whatever begins.
  public func observe(_ observer: @escaping (String) -> Void) { self.observer = observer }

  /// Says what is computed between other activities from now on.
  func computes(_ label: String) {
    note(.computing, computing, until: Self.now)
    computing = label
    current = "computing \(label)"
  }

  /// Runs something that is not computing; what came since the last such thing was computing.
  func record<Result>(
    _ activity: Activity, _ label: @autoclosure () -> String, _ body: () throws -> Result
  ) rethrows -> Result {
    note(.computing, computing, until: Self.now)
    current = "\(activity.rawValue) \(label())"
    defer {
      note(activity, keepsEvents ? label() : "", until: Self.now)
      current = "computing \(computing)"
    }
    return try body()
  }

  /// Forgets everything so far.
  func reset() {
    events = []
    totals = [:]
    lastEnd = Self.now
  }

  /// Seconds of each activity.
  func seconds(_ activity: Activity) -> Double { totals[activity] ?? 0 }

  private func note(_ activity: Activity, _ label: String, until end: Double) {
    totals[activity, default: 0] += end - lastEnd
    if keepsEvents, events.count < Self.eventLimit, end - lastEnd > 1e-6 {
      events.append(Interval(activity: activity, label: label, start: lastEnd, end: end))
    }
    lastEnd = end
  }

  /// Writes the events of all ranks to a file, on rank 0.
  public func write(to path: String, over world: Communicator, role: String) throws {
    // One row per rank; times in microseconds since the first event of any.
    let start = try world.allReduce(events.first?.start ?? .infinity, .minimum)
    var lines = [
      #"{"name":"process_name","ph":"M","pid":\#(world.rank),"#
        + #""args":{"name":"rank \#(world.rank): \#(role)"}}"#
    ]
    for event in events {
      lines.append(
        #"{"name":"\#(event.label)","cat":"\#(event.activity.rawValue)","ph":"X","#
          + #""cname":"\#(event.activity.color)","pid":\#(world.rank),"tid":0,"#
          + String(
            format: #""ts":%.1f,"dur":%.1f}"#, (event.start - start) * 1e6,
            (event.end - event.start) * 1e6))
    }
    let texts = try world.gather(bytes: Array(lines.joined(separator: ",\n").utf8))
    try world.onFirstRank {
      let all = texts.map { String(decoding: $0, as: UTF8.self) }
      try AtomicFile.write("[\n" + all.joined(separator: ",\n") + "\n]\n", to: path)
    }
  }
}

extension Timeline.Activity {
  /// Chrome's reserved names of colours.
  fileprivate var color: String {
    switch self {
    case .computing: "thread_state_running"
    case .waiting: "thread_state_sleeping"
    case .sending: "thread_state_runnable"
    case .exchanging: "thread_state_iowait"
    }
  }
}
