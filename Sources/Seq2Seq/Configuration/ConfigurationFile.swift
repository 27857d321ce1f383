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
    let folder = absolutePath(parentFolder(of: path))
    try read(TextFile.contents(of: path, limit: 1 << 16), path: path, folder: folder)
    try apply(settings, folder: folder)
    do {
      try checkCombinations()
    } catch let error as InputError {
      throw InputError("\(path): \(error.description)")
    }
  }

  /// The configuration as YAML, with every key; paths are made relative to `folder`.
  public func yaml(relativeTo folder: String) throws -> String {
    var sections: [(String, [(Node, Node)])] = []
    for key in ConfigurationKey.all {
      guard let text = key.text(self) else { continue }
      let value =
        key.isPath ? Node(path: relativePath(of: text, from: absolutePath(folder))) : Node(text)
      let parts = key.name.split(separator: ".")
      if sections.last?.0 != String(parts[0]) { sections.append((String(parts[0]), [])) }
      sections[sections.count - 1].1.append((Node(String(parts[1])), value))
    }
    let root = Node(sections.map { (Node($0.0), Node($0.1)) })
    return try Yams.serialize(node: root)
  }

  private mutating func read(_ text: String, path: String, folder: String) throws {
    guard let root = try parseYAML(text, path: path) else { return }
    guard let sections = root.mapping else {
      throw InputError("\(path):1: a configuration has sections: model, data, training, parallel")
    }
    for (sectionNode, content) in sections {
      let section = sectionNode.string ?? ""
      let line = "\(path):\(sectionNode.mark?.line ?? 1)"
      let prefix = section + "."
      guard ConfigurationKey.all.contains(where: { $0.name.hasPrefix(prefix) }) else {
        throw InputError("\(line): \(Self.unknown(section, among: Self.sectionNames))")
      }
      if let scalar = content.scalar, scalar.value == nil { continue }
      guard let entries = content.mapping else {
        throw InputError("\(line): \(section) must hold keys")
      }
      for (keyNode, valueNode) in entries {
        let line = "\(path):\(keyNode.mark?.line ?? 1)"
        guard let key = keyNode.scalar?.string, let value = valueNode.scalar else {
          throw InputError("\(line): a key of \(section) must have one value")
        }
        do {
          try set(prefix + key, to: value.value, folder: folder)
        } catch let error as InputError {
          throw InputError("\(line): \(error.description)")
        }
      }
    }
  }

  /// Changes keys, as `--set` does.
  ///
  /// - Parameters:
  ///   - settings: of the form `section.key=value`.
  ///   - folder: what their paths are relative to.
  /// - Throws: `InputError` naming the setting.
  public mutating func apply(_ settings: [String], folder: String) throws {
    for setting in settings { try apply(setting, folder: folder) }
  }

  private mutating func apply(_ setting: String, folder: String) throws {
    guard let equals = setting.utf8.firstIndex(of: UInt8(ascii: "=")) else {
      throw InputError(
        "--set \(setting.asMessage(limit: 60)): write it as section.key=value", kind: .usage)
    }
    let name = String(setting[..<equals])
    let value = String(setting[setting.utf8.index(after: equals)...])
    do {
      try set(name, to: Node.Scalar(value, .implicit, .plain).value, folder: folder)
    } catch let error as InputError {
      throw InputError(
        "--set \(setting.asMessage(limit: 60)): \(error.description)", kind: .usage)
    }
  }

  /// Sets a key, or gives it its default where `value` is nil.
  private mutating func set(_ name: String, to value: String?, folder: String) throws {
    guard let key = ConfigurationKey.all.first(where: { $0.name == name }) else {
      throw InputError(Self.unknown(name, among: ConfigurationKey.all.map(\.name)))
    }
    guard let value else { return key.reset(&self) }
    if let expected = key.set(&self, key.isPath ? absolutePath(value, from: folder) : value) {
      throw InputError("\(name) cannot be \(value.quoted); it must be \(expected)")
    }
  }

  private static let sectionNames = ["model", "data", "training", "parallel"]

  private static func unknown(_ name: String, among known: [String]) -> String {
    "unknown key \(name.quoted); the nearest known one is '\(nearest(to: name, among: known) ?? "")'"
  }
}

extension Configuration.Data {
  /// Takes the vocabularies of a model folder: the ids in its weights are theirs.
  ///
  /// - Parameter kind: of the model that is to be trained.
  public mutating func useVocabularies(ofModel path: String, _ kind: Configuration.Model.Kind) {
    sourceVocabulary = kind.hasSource ? absolutePath(path + "/source.vocab") : nil
    targetVocabulary = absolutePath(path + "/target.vocab")
  }
}

/// The name that is most like one that is not known; nil if there are no names.
///
/// A name without a section is compared with the last parts of names.
public func nearest(to name: String, among known: [String]) -> String? {
  let hasSection = name.utf8.contains(UInt8(ascii: "."))
  func distance(_ candidate: String) -> Int {
    let whole = editDistance(name, candidate)
    guard !hasSection, let last = candidate.split(separator: ".").last else { return whole }
    return min(whole, editDistance(name, String(last)))
  }
  return known.min { distance($0) < distance($1) }
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
