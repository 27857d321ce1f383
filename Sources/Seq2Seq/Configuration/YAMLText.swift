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
/// looks like an anchor, an alias or a bracket counts, in quotes and comments too. Where those begin
/// and end only a parser knows.
private struct YAMLBounds {
  /// Aliases that are never too many.
  private static let aliases = 8
  /// Anchors times aliases, if there are more: aliases of aliases multiply by every anchor between.
  private static let references = 32
  /// Opening brackets in all.
  private static let brackets = 256
  /// Where the first word of a line may stand: each block within a block begins further right.
  private static let indentation = 64

  private var (anchorCount, aliasCount, bracketCount) = (0, 0, 0)
  /// Blanks and marks of blocks since the line began; nil behind its first word.
  private var column: Int? = 0

  static func check(_ text: String, path: String) throws {
    var bounds = YAMLBounds()
    var line = 1
    var previous: Unicode.Scalar = "\n"
    for scalar in text.unicodeScalars {
      bounds.count(scalar, after: previous)
      if let excess = bounds.excess {
        throw InputError("\(path):\(line): a configuration has \(excess)")
      }
      if scalar == "\n" { line += 1 }
      previous = scalar
    }
  }

  private mutating func count(_ scalar: Unicode.Scalar, after previous: Unicode.Scalar) {
    switch scalar {
    // All that ends a line of YAML.
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": column = 0
    case " ", "\t", "-", "?", ":", "\u{FEFF}": column = column.map { $0 + 1 }
    default: column = nil
    }
    switch scalar {
    case "[", "{": bracketCount += 1
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-":
      if previous == "&" { anchorCount += 1 }
      if previous == "*" { aliasCount += 1 }
    default: break
    }
  }

  /// What there is too much of.
  private var excess: String? {
    if let column, column > Self.indentation { return "no line that begins so far to the right" }
    if bracketCount > Self.brackets { return "at most \(Self.brackets) brackets" }
    if aliasCount > Self.aliases, anchorCount * aliasCount > Self.references {
      return "at most \(Self.aliases) aliases"
    }
    return nil
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
