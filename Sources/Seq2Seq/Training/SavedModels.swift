import Foundation

/// What a training leaves in its output folder, for whoever has to go on from there.
public struct SavedModels {
  private let folder: ModelFolder
  private let before: [String: timespec]

  /// Looks at the folder before the training begins.
  public init(output: String) {
    folder = ModelFolder(path: output)
    before = Self.times([folder, folder.last])
  }

  /// Whether there is a model.
  public var hasModel: Bool { !before.isEmpty }

  /// Says why training in a folder would take something away; nil if there is nothing.
  public var taken: String? {
    guard folder.isTaken else { return nil }
    let what = before.isEmpty ? "files of a model or of a training" : "a model"
    let date = before.values.map(\.tv_sec).max().map {
      time -> String in
      let formatter = DateFormatter()
      formatter.locale = Locale(identifier: "en_US_POSIX")
      formatter.dateFormat = "yyyy-MM-dd HH:mm"
      return " of \(formatter.string(from: Date(timeIntervalSince1970: Double(time))))"
    }
    return "\(what)\(date ?? "")"
  }

  /// The file that this training writes and that another path leads to as well; nil if there is none.
  public func clash(with path: String) -> String? {
    let own = folder.files + [folder.metrics] + folder.last.files
    return own.first { isSameFile($0, path) }
  }

  /// What of this training is saved now: the end of a sentence.
  public var sentence: String {
    let now = Self.times([folder, folder.last])
    func isNew(_ folder: ModelFolder) -> Bool {
      guard let time = now[folder.path] else { return false }
      guard let old = before[folder.path] else { return true }
      return (time.tv_sec, time.tv_nsec) != (old.tv_sec, old.tv_nsec)
    }
    switch (isNew(folder), isNew(folder.last)) {
    case (true, true):
      return "a model of it is in \(folder.path), and the last one in last/ there"
    case (true, false): return "a model of it is in \(folder.path)"
    case (false, true): return "a model of it is in \(folder.last.path)"
    case (false, false):
      return before.isEmpty
        ? "nothing of it was saved"
        : "nothing of it was saved, and the model before it is as it was"
    }
  }

  /// When the weights of some folders were written.
  private static func times(_ folders: [ModelFolder]) -> [String: timespec] {
    var times: [String: timespec] = [:]
    for folder in folders {
      var status = stat()
      if stat(folder.weights, &status) == 0 { times[folder.path] = status.st_mtim }
    }
    return times
  }
}
