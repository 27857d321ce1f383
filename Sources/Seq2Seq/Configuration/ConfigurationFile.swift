import Foundation
import Yams

// Reading and writing `config.yaml`. The file is untrusted: unknown keys, wrong types and values
// out of range are named with their line.
extension Configuration {
  /// Reads a configuration file; its relative paths are taken from the folder it stands in.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - settings: changes of the form `section.key=value`, as given on the command line; paths
  ///     in them are relative to the file's folder too.
  /// - Throws: `InputError` naming the file and line, or the setting.
  public init(contentsOf path: String, settings: [String] = []) throws {
    self.init()
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    try read(TextFile.contents(of: path, limit: 1 << 20), path: path, folder: folder)
    for setting in settings { try apply(setting, folder: folder) }
  }

  /// The configuration as YAML, with every key; paths are made relative to `folder`.
  public func yaml(relativeTo folder: String) throws -> String {
    var sections: [(String, [(Node, Node)])] = []
    for key in ConfigurationKey.all {
      guard var text = key.text(self) else { continue }
      if key.isPath { text = relativePath(of: text, from: folder) }
      let parts = key.name.split(separator: ".")
      if sections.last?.0 != String(parts[0]) { sections.append((String(parts[0]), [])) }
      sections[sections.count - 1].1.append((Node(String(parts[1])), Node(text)))
    }
    let root = Node(sections.map { (Node($0.0), Node($0.1)) })
    return try Yams.serialize(node: root)
  }

  private mutating func read(_ text: String, path: String, folder: URL) throws {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch let error as YamlError {
      throw InputError("\(path) is not YAML: \(Self.firstLine(of: "\(error)"))")
    }
    guard let root else { return }
    guard let sections = root.mapping else {
      throw InputError("\(path):1: a configuration has sections: model, data, training, parallel")
    }
    for (sectionNode, content) in sections {
      let section = sectionNode.string ?? ""
      let place = "\(path):\(sectionNode.mark?.line ?? 1)"
      let prefix = section + "."
      guard ConfigurationKey.all.contains(where: { $0.name.hasPrefix(prefix) }) else {
        throw InputError("\(place): \(Self.unknown(section, among: Self.sectionNames))")
      }
      if content.null != nil { continue }
      guard let entries = content.mapping else {
        throw InputError("\(place): \(section) must hold keys")
      }
      for (keyNode, valueNode) in entries {
        let place = "\(path):\(keyNode.mark?.line ?? 1)"
        guard let key = keyNode.scalar?.string, let value = valueNode.scalar?.string else {
          throw InputError("\(place): a key of \(section) must have one value")
        }
        do {
          try set(prefix + key, to: value, folder: folder)
        } catch let error as InputError {
          throw InputError("\(place): \(error.description)")
        }
      }
    }
  }

  private mutating func apply(_ setting: String, folder: URL) throws {
    guard let equals = setting.firstIndex(of: "=") else {
      throw InputError("--set \(setting): write it as section.key=value", kind: .usage)
    }
    do {
      try set(
        String(setting[..<equals]), to: String(setting[setting.index(after: equals)...]),
        folder: folder)
    } catch let error as InputError {
      throw InputError("--set \(setting): \(error.description)", kind: .usage)
    }
  }

  private mutating func set(_ name: String, to value: String, folder: URL) throws {
    guard let key = ConfigurationKey.all.first(where: { $0.name == name }) else {
      throw InputError(Self.unknown(name, among: ConfigurationKey.all.map(\.name)))
    }
    let absolute =
      key.isPath && !value.isEmpty ? URL(fileURLWithPath: value, relativeTo: folder).path : value
    if let expected = key.set(&self, absolute) {
      throw InputError("\(name) cannot be '\(value)'; it must be \(expected)")
    }
  }

  private static let sectionNames = ["model", "data", "training", "parallel"]

  private static func unknown(_ name: String, among known: [String]) -> String {
    let nearest = known.min { editDistance(name, $0) < editDistance(name, $1) } ?? ""
    return "unknown key '\(name)'; the nearest known one is '\(nearest)'"
  }

  private static func firstLine(of text: String) -> String {
    text.split(separator: "\n").joined(separator: " ")
  }
}

/// How many letters must be put in, taken out or changed to turn one text into another
/// (Levenshtein 1966).
func editDistance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left.lowercased().prefix(100)), Array(right.lowercased()))
  var previous = Array(0...right.count)
  for (row, letter) in left.enumerated() {
    var current = [row + 1]
    for (column, other) in right.enumerated() {
      current.append(
        min(
          previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1,
          current[column] + 1))
    }
    previous = current
  }
  return previous[right.count]
}

/// `path` as seen from `folder`, both absolute; `..` leads upwards.
func relativePath(of path: String, from folder: String) -> String {
  let target = URL(fileURLWithPath: path).standardized.pathComponents
  let base = URL(fileURLWithPath: folder).standardized.pathComponents
  let shared = zip(target, base).prefix { $0 == $1 }.count
  // Nothing in common but the root: an absolute path says more.
  guard shared > 1 else { return path }
  let up = Array(repeating: "..", count: base.count - shared)
  let parts = up + target[shared...]
  return parts.isEmpty ? "." : parts.joined(separator: "/")
}
