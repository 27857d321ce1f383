import Yams

// What of YAML a configuration may hold. The parser of the library expands aliases, and takes time
// and stack that grow faster than the file does: what it is given is bounded before.

/// Parses the text of a configuration.
///
/// - Throws: `InputError` naming file and line.
func parseYAML(_ text: String, path: String) throws -> Node? {
  try YAMLBounds.check(text, path: path)
  do {
    return try Yams.compose(yaml: text)
  } catch let error as YamlError {
    throw InputError(error.sentence(path: path))
  }
}

extension Node.Scalar {
  /// The value as text; nil if it is not set: nothing, `~` or `null`, not in quotes.
  var value: String? {
    guard style == .plain || style == .any, ["", "~", "null", "Null", "NULL"].contains(string)
    else {
      return string
    }
    return nil
  }
}

extension Node {
  /// The node of a path, in quotes where YAML would take it for something else.
  init(path: String) {
    self.init(path)
    if tag.description != Tag.Name.str.rawValue || Node.Scalar(path).value == nil {
      self = .scalar(Node.Scalar(path, Tag(.str), .singleQuoted))
    }
  }
}

/// Whether a text is true or false, as YAML writes it; nil if it is neither.
func yamlBool(_ text: String) -> Bool? {
  switch text {
  case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": true
  case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": false
  default: nil
  }
}

/// The whole number that a text is, as YAML writes it (`30_000`, `0x20`); nil if it is none.
func yamlInteger(_ text: String) -> Int? {
  let digits = text.utf8.filter { $0 != UInt8(ascii: "_") }
  let plain = String(decoding: digits, as: UTF8.self)
  return plain.hasPrefix("0x") ? Int(plain.dropFirst(2), radix: 16) : Int(plain)
}

/// The number that a text is, as YAML writes it; nil if it is none.
func yamlNumber(_ text: String) -> Double? {
  Double(String(decoding: text.utf8.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self))
}

/// How much a configuration may ask of a parser, counted so that no text can hide what it has: what
/// looks like an alias or a bracket counts, in quotes too.
private enum YAMLBounds {
  /// Aliases in all. Few of them cannot multiply to much.
  private static let aliases = 8
  /// Opening brackets in all.
  private static let brackets = 256
  /// Where the first word of a line may stand: each block within a block begins further right.
  private static let indentation = 64

  static func check(_ text: String, path: String) throws {
    var (aliasCount, bracketCount) = (0, 0)
    for (index, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .enumerated()
    {
      func refuse(_ reason: String) -> InputError {
        InputError("\(path):\(index + 1): a configuration has \(reason)")
      }
      let start = line.firstIndex { !" \t-?:".utf8.contains($0) } ?? line.endIndex
      guard line.distance(from: line.startIndex, to: start) <= indentation else {
        throw refuse("no line that begins so far to the right")
      }
      // Whatever a line with this beginning is, an alias or a bracket it does not hold.
      if start < line.endIndex, line[start] == UInt8(ascii: "#") { continue }
      var previous: UInt8 = 0x20
      for byte in line {
        if byte == UInt8(ascii: "*"), " \t\r[{,:".utf8.contains(previous) { aliasCount += 1 }
        if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { bracketCount += 1 }
        previous = byte
      }
      guard aliasCount <= aliases else { throw refuse("at most \(aliases) aliases") }
      guard bracketCount <= brackets else { throw refuse("at most \(brackets) brackets") }
    }
  }
}

extension YamlError {
  /// What is wrong and where, without the file's text.
  fileprivate func sentence(path: String) -> String {
    switch self {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "\(path):\(mark.line) is not YAML: \(problem.asMessage(limit: 100))"
    case .reader(let problem, _, _, _):
      "\(path) is not YAML: \(problem.asMessage(limit: 100))"
    case .duplicatedKeysInMapping(let duplicates, let context):
      "\(path):\(context.mark.line): \(duplicates.first?.quoted ?? "a key") is there twice"
    default: "\(path) is not YAML"
    }
  }
}
