/// Sentence pairs as numbers in a file that is mapped into memory, so that all processes
/// of a machine share one copy of it and their own memory does not grow with the corpus.
///
/// Layout, little endian: `S2SPAIRS` and the version as UInt64; the symbols as Int32, of each pair
/// the source and then the target, padded to 8 bytes; `2 · pairs + 1` offsets of sentences among
/// the symbols as UInt64; at the end, as UInt64, the pairs, the source and the target symbols.
struct PairFile {
  fileprivate static let magic = Array("S2SPAIRS".utf8)
  fileprivate static let version: UInt64 = 1
  private static let headerSize = 16
  private static let trailerSize = 24

  private let file: MappedFile
  private let offsets: UnsafePointer<UInt64>
  private let symbols: UnsafePointer<Int32>

  /// Pairs in the file.
  let count: Int
  /// Source symbols in all.
  let sourceSymbolCount: Int
  /// Target symbols in all, `<eos>` not counted.
  let targetSymbolCount: Int

  /// Maps a file and checks that everything in it lies within it.
  ///
  /// - Throws: `InputError` naming the file.
  init(_ path: String) throws {
    file = try MappedFile(path)
    let bytes = file.bytes
    func number(at offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard bytes.count >= Self.headerSize + 8 + Self.trailerSize, let base = bytes.baseAddress,
      bytes.prefix(8).elementsEqual(Self.magic)
    else { throw InputError("\(path) is not a prepared corpus; run `launcher prepare` again") }
    guard number(at: 8) == Self.version else {
      throw InputError("\(path) was prepared by another version; run `launcher prepare` again")
    }
    let damaged = InputError("\(path) is damaged; run `launcher prepare` again")
    let trailer = (0..<3).map { number(at: bytes.count - Self.trailerSize + 8 * $0) }
    guard trailer.allSatisfy({ $0 < 1 << 40 }) else { throw damaged }
    (count, sourceSymbolCount, targetSymbolCount) = (
      Int(trailer[0]), Int(trailer[1]), Int(trailer[2])
    )
    guard count <= Int32.max else {
      throw InputError(
        "\(path) has \(count) pairs; \(Int32.max) are the most that can be trained on")
    }
    guard count > 0 else {
      throw InputError("\(path) has no pairs; run `launcher prepare` again")
    }
    let symbolCount = sourceSymbolCount + targetSymbolCount
    let symbolBytes = (4 * symbolCount + 7) / 8 * 8
    let offsetBytes = 8 * (2 * count + 1)
    guard bytes.count == Self.headerSize + symbolBytes + offsetBytes + Self.trailerSize else {
      throw damaged
    }
    symbols = (base + Self.headerSize).assumingMemoryBound(to: Int32.self)
    offsets = (base + Self.headerSize + symbolBytes).assumingMemoryBound(to: UInt64.self)
    guard offsets[0] == 0, offsets[2 * count] == UInt64(symbolCount),
      (0..<2 * count).allSatisfy({ [offsets] in offsets[$0] <= offsets[$0 + 1] })
    else { throw damaged }
  }

  /// Symbols of a source sentence.
  func sourceLength(_ index: Int) -> Int { Int(offsets[2 * index + 1] - offsets[2 * index]) }
  /// Symbols of a target sentence.
  func targetLength(_ index: Int) -> Int { Int(offsets[2 * index + 2] - offsets[2 * index + 1]) }

  /// Symbols of all pairs before one.
  func symbols(before index: Int) -> Int { Int(offsets[2 * index]) }

  /// A pair.
  subscript(index: Int) -> SentencePair {
    SentencePair(source: sentence(2 * index), target: sentence(2 * index + 1))
  }

  private func sentence(_ index: Int) -> [Int32] {
    symbols(of: index, 0..<Int(offsets[index + 1] - offsets[index]))
  }

  /// Some symbols of a target sentence, which may be long.
  func target(_ index: Int, _ range: Range<Int>) -> [Int32] { symbols(of: 2 * index + 1, range) }

  private func symbols(of sentence: Int, _ range: Range<Int>) -> [Int32] {
    let start = symbols + Int(offsets[sentence]) + range.lowerBound
    return Array(UnsafeBufferPointer(start: start, count: range.count))
  }

  /// Checks that all symbols are in the vocabularies.
  ///
  /// - Throws: `InputError` naming the file.
  func checkSymbols(sourceCount: Int, targetCount: Int) throws {
    let limits = [UInt32(sourceCount), UInt32(targetCount)]
    for sentence in 0..<2 * count {
      let limit = limits[sentence & 1]
      for index in Int(offsets[sentence])..<Int(offsets[sentence + 1])
      where UInt32(bitPattern: symbols[index]) >= limit {
        throw InputError("\(file.path) does not fit its vocabularies; run `launcher prepare` again")
      }
    }
  }
}

/// Writes a `PairFile` pair by pair.
final class PairFileWriter {
  /// The file that is written.
  let file: AtomicFile
  private var offsets: [UInt64] = [0]
  /// Source symbols so far.
  private(set) var sourceSymbolCount = 0
  /// Target symbols so far.
  private(set) var targetSymbolCount = 0

  /// Pairs so far.
  var count: Int { offsets.count / 2 }

  init(_ path: String) throws {
    file = try AtomicFile(path)
    try file.write(PairFile.magic)
    try file.write([PairFile.version.littleEndian])
  }

  /// Adds a pair.
  func append(_ pair: SentencePair) throws {
    sourceSymbolCount += pair.source.count
    offsets.append(UInt64(sourceSymbolCount + targetSymbolCount))
    targetSymbolCount += pair.target.count
    offsets.append(UInt64(sourceSymbolCount + targetSymbolCount))
    try file.write(pair.source)
    try file.write(pair.target)
  }

  /// Returns when all is on the disk; the file has not got its name yet.
  func complete() throws {
    let symbolCount = sourceSymbolCount + targetSymbolCount
    if !symbolCount.isMultiple(of: 2) { try file.write([Int32(0)]) }
    try file.write(offsets)
    try file.write([UInt64(count), UInt64(sourceSymbolCount), UInt64(targetSymbolCount)])
    try file.complete()
  }
}
