import Foundation

/// What ranks did when, as `train --timeline` wrote it.
struct TimelineFile {
  /// Something that a rank did.
  struct Interval {
    let activity: Timeline.Activity
    let label: String
    /// Seconds since the first event of any rank.
    let start: Double
    let end: Double
  }

  /// Each rank's name, with what it did in order.
  let ranks: [(name: String, intervals: [Interval])]
  private static let sizeLimit = 1 << 28
  private static let rankLimit = 4096

  private struct Event: Decodable {
    struct Arguments: Decodable { let name: String }
    let name: String
    let ph: String
    let pid: Int
    let cat: String?
    let ts: Double?
    let dur: Double?
    let args: Arguments?
  }

  /// - Throws: `InputError` naming the file, if it is not one that a training wrote.
  init(_ path: String) throws {
    let text = try TextFile.contents(of: path, limit: Self.sizeLimit)
    guard let events = try? JSONDecoder().decode([Event].self, from: Data(text.utf8)) else {
      throw Self.damaged(path)
    }
    var names: [Int: String] = [:]
    var intervals: [Int: [Interval]] = [:]
    for event in events {
      switch event.ph {
      case "M":
        names[event.pid] = event.args?.name ?? ""
      case "X":
        guard let activity = event.cat.flatMap(Timeline.Activity.init), let start = event.ts,
          let duration = event.dur, start >= 0, duration >= 0, start + duration < 1e15
        else { throw Self.damaged(path) }
        intervals[event.pid, default: []].append(
          Interval(
            activity: activity, label: event.name, start: start * 1e-6,
            end: (start + duration) * 1e-6))
      default: throw Self.damaged(path)
      }
    }
    guard names.count <= Self.rankLimit, Set(intervals.keys).isSubset(of: names.keys) else {
      throw Self.damaged(path)
    }
    ranks = names.keys.sorted().map { key in
      (names[key] ?? "", (intervals[key] ?? []).sorted { $0.start < $1.start })
    }
  }

  private static func damaged(_ path: String) -> InputError {
    InputError("\(path) is no timeline that 'launcher train --timeline' wrote")
  }

  /// Seconds that a rank spent on each activity.
  func seconds(_ rank: Int, _ activity: Timeline.Activity) -> Double {
    ranks[rank].intervals.reduce(0) { $0 + ($1.activity == activity ? $1.end - $1.start : 0) }
  }

  /// When the last event ended.
  var end: Double { ranks.compactMap { $0.intervals.map(\.end).max() }.max() ?? 0 }

  /// A part from the middle in which no rank does more than `count` things.
  func window(of count: Int) -> ClosedRange<Double> {
    let middle = end / 2
    let lengths = ranks.compactMap { rank -> Double? in
      let following = rank.intervals.drop { $0.start < middle }
      guard following.count > count else { return nil }
      return following[following.startIndex + count].start - middle
    }
    guard let length = lengths.min(), length > 0 else { return 0...max(end, 1e-6) }
    return middle...middle + length
  }
}
