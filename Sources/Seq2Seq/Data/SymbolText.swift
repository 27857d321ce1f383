/// A text that equals another only if its bytes do.
///
/// Swift's strings are equal when they are canonically equivalent; vocabularies, which other
/// programs read and write too, know no such thing.
struct SymbolText: Hashable, Sendable {
  /// The text.
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: SymbolText, right: SymbolText) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
