import Foundation

/// A part of a line that tells how work goes on.
struct StatusField: Equatable {
  /// What it says.
  let text: String
  /// Fields of small importance are left out first where a terminal is narrow.
  let importance: Int

  init(_ text: String, importance: Int = 9) {
    self.text = text
    self.importance = importance
  }
}

/// The last line of a terminal, which is rewritten.
struct TerminalLine {
  /// Code points of the line that stands open; nil if none does.
  private var open: Int?

  /// Columns that stay free: a terminal writes ^C behind the line, and breaks one that fills its row.
  private static let margin = 3

  /// What to write so that `fields` are the open line of a terminal of some columns.
  mutating func status(_ fields: [StatusField], columns: Int) -> String {
    let text = Self.fitted(fields, to: columns - Self.margin)
    defer { open = text.unicodeScalars.count }
    return erased(columns: columns) + text
  }

  /// What to write so that `text` stands for good in place of the open line.
  mutating func line(_ text: String, columns: Int) -> String {
    defer { open = nil }
    return erased(columns: columns) + text + "\n"
  }

  /// What to write so that the open line stays and the next one is free. Where none is open, ^C may
  /// stand there, which the next line shall cover.
  mutating func leave() -> String {
    defer { open = nil }
    return open == nil ? "\r" : "\n"
  }

  /// A terminal that became narrower has broken the open line: it takes more rows than one.
  private func erased(columns: Int) -> String {
    guard let open else { return "" }
    let rows = max(0, open - 1) / max(1, columns)
    return (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\r\u{1B}[J"
  }

  /// The fields that fit, with two blanks between them.
  static func fitted(_ fields: [StatusField], to columns: Int) -> String {
    var fields = fields
    func text() -> String { fields.map(\.text).joined(separator: "  ") }
    while fields.count > 1, text().unicodeScalars.count > columns {
      let least = fields.indices.min {
        (fields[$0].importance, -$0) < (fields[$1].importance, -$1)
      }
      fields.remove(at: least ?? 0)
    }
    guard text().unicodeScalars.count > columns else { return text() }
    return String(String.UnicodeScalarView(text().unicodeScalars.prefix(max(0, columns))))
  }
}

/// What this program can find out about its terminal.
enum Terminal {
  /// Whether standard output is a terminal on which a line can be rewritten.
  static var isThere: Bool {
    let kind = ProcessInfo.processInfo.environment["TERM"] ?? ""
    return isatty(STDOUT_FILENO) != 0 && !kind.isEmpty && kind != "dumb"
  }

  /// Its columns now.
  static var columns: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
