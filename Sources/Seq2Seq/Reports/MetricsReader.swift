import Foundation

/// Reads `metrics.jsonl`, and later what has come since.
///
/// The file may be anybody's: a line that is no line of metrics is refused, with its place. Only the
/// last line may be unfinished, for its writer may be at it.
struct MetricsReader {
  /// The file.
  let path: String
  /// All complete lines so far.
  private(set) var metrics: [TrainingMetrics] = []
  /// Bytes of an unfinished last line.
  var unfinished: Int { rest.count }
  private var rest: [UInt8] = []
  private var offset = 0
  private var identity: FileIdentity?
  private var number = 0
  private static let lineLimit = 1 << 12

  /// - Parameter path: the file, which is not read yet.
  init(_ path: String) { self.path = path }

  /// Reads what is there by now. A file that was begun anew is read anew.
  ///
  /// - Throws: `InputError` naming file and line.
  mutating func read() throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
      throw InputError(
        "cannot read \(path): \(systemMessage()); a run is the output folder of a training")
    }
    defer { close(descriptor) }
    guard let state = FileState(descriptor) else {
      throw InputError("cannot read \(path): it is not a file")
    }
    if state.identity != identity || state.size < offset {
      self = MetricsReader(path)
      identity = state.identity
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = buffer.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(offset))
      }
      guard count >= 0 else { throw InputError("cannot read \(path): \(systemMessage())") }
      if count == 0 { return }
      offset += count
      try add(buffer[..<count])
    }
  }

  private mutating func add(_ bytes: ArraySlice<UInt8>) throws {
    var bytes = bytes
    while let end = bytes.firstIndex(of: 0x0A) {
      number += 1
      rest += bytes[..<end]
      bytes = bytes[(end + 1)...]
      metrics.append(try Self.parse(rest, place: "\(path):\(number)"))
      rest.removeAll(keepingCapacity: true)
    }
    rest += bytes
    guard rest.count <= Self.lineLimit else { throw Self.damaged("\(path):\(number + 1)") }
  }

  private static func parse(_ line: [UInt8], place: String) throws -> TrainingMetrics {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard line.count <= lineLimit,
      let metrics = try? decoder.decode(TrainingMetrics.self, from: Data(line)),
      metrics.step >= 0, metrics.epoch.isFinite, metrics.epoch >= 0, metrics.words >= 0,
      metrics.exact.map((0...1).contains) ?? true
    else { throw damaged(place) }
    return metrics
  }

  private static func damaged(_ place: String) -> InputError {
    InputError("\(place): not a line of metrics; take the line out, or train anew")
  }
}
