import Foundation
import TestSupport
import Testing

@testable import Seq2Seq

@Suite("Text that is read")
struct TextFileTests {
  private let folder = TemporaryFolder()

  private func lines(_ path: String) throws -> [String] {
    var (lines, all) = (try TextFile(path).lines, [String]())
    while let line = try lines.next() { all.append(line) }
    return all
  }

  @Test(
    "carriage returns end lines before a line feed, and are blanks elsewhere; a mark is no text",
    arguments: [
      ("a\r\nb\r\r\nc", ["a", "b", "c"]), ("a\rb\n", ["a b"]), ("\r\n\r\n", ["", ""]),
      ("\u{FEFF}a\nb\n", ["a", "b"]), ("\u{FEFF}", []), ("", []),
      ("a\n\u{FEFF}b", ["a", "\u{FEFF}b"]),
      // None of these ends a line.
      ("a\u{2028}b\u{85}c\u{0B}d\u{1C}e", ["a\u{2028}b\u{85}c\u{0B}d\u{1C}e"]),
      ("a\r\u{301}\n", ["a \u{301}"]),
    ])
  func lines(text: String, expected: [String]) throws {
    let found = try lines(folder.write(text, to: "t"))
    #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }

  /// A file of some bytes, compressed by the system's gzip.
  private func compressed(_ text: String) throws -> String {
    let path = folder.write(text, to: "text")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-kf", path]
    try process.run()
    process.waitUntilExit()
    return path + ".gz"
  }

  @Test("a file compressed by gzip is read as what it holds, twice too; one that is cut is refused")
  func gzip() throws {
    let path = try compressed(String(repeating: "line\n", count: 100_000))
    #expect(try lines(path).count == 100_000)
    let file = try TextFile(path)
    for _ in 0..<2 {
      var lines = file.lines
      while try lines.next() != nil {}
      #expect(lines.number == 100_000)
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    folder.write(bytes.dropLast(9), to: "text.gz")
    let error = #expect(throws: InputError.self) { try TextFile(path) }
    #expect(error?.description.contains("cut off or damaged") == true)
    #expect(throws: InputError.self) { try TextFile.contents(of: path, limit: 1000) }
  }

  @Test("members of a gzip file follow one another; what is none is not dropped in silence")
  func gzipMembers() throws {
    let path = try compressed("a\n")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    folder.write(bytes + bytes + Data(count: 512), to: "two.gz")
    #expect(try lines(folder.path + "/two.gz") == ["a", "a"])
    folder.write(bytes + Data("b\n".utf8), to: "garbage.gz")
    #expect(throws: InputError.self) { try lines(folder.path + "/garbage.gz") }
    for length in 2..<bytes.count {
      folder.write(bytes.prefix(length), to: "cut.gz")
      #expect(throws: InputError.self) { try lines(folder.path + "/cut.gz") }
    }
  }

  @Test("a FIFO is read to its end, and can be read twice")
  func fifo() throws {
    let path = folder.path + "/fifo"
    #expect(mkfifo(path, 0o600) == 0)
    let writer = Thread {
      let file = FileHandle(forWritingAtPath: path)
      file?.write(Data("a\nb\n".utf8))
      try? file?.close()
    }
    writer.start()
    let file = try TextFile(path)
    for _ in 0..<2 {
      var lines = file.lines
      #expect(try lines.next() == "a")
      #expect(try lines.next() == "b")
      #expect(try lines.next() == nil)
    }
  }

  @Test("a device that never ends is refused, an empty one is empty")
  func devices() throws {
    #expect(throws: InputError.self) { try TextFile("/dev/zero") }
    #expect(try lines("/dev/null") == [])
  }
}

@Suite("Files that are written")
struct WrittenFileTests {
  private let folder = TemporaryFolder()

  @Test("a link is followed, and stays one")
  func links() throws {
    let target = folder.write("old", to: "target")
    let link = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
    try AtomicFile.write("new", to: link)
    #expect(folder.read("target") == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
    try FileManager.default.removeItem(atPath: target)
    let error = #expect(throws: InputError.self) { try AtomicFile.write("x", to: link) }
    #expect(error?.description.contains("the link leads to nothing") == true)
  }

  @Test("a device is written to, not replaced; a folder is refused")
  func devices() throws {
    let before = try FileManager.default.attributesOfItem(atPath: "/dev/full")
    let error = #expect(throws: InputError.self) { try AtomicFile.write("x", to: "/dev/full") }
    #expect(error?.kind == .stopped)
    #expect(error?.description.contains("No space left on device") == true)
    let after = try FileManager.default.attributesOfItem(atPath: "/dev/full")
    #expect(before[.type] as? FileAttributeType == after[.type] as? FileAttributeType)
    try AtomicFile.write("x", to: "/dev/null")
    #expect(throws: InputError.self) { try AtomicFile.write("x", to: folder.path) }
  }

  @Test("a file on its way has a name of its own, which no link can take")
  func partialNames() throws {
    folder.write("precious", to: "precious")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/f.partial", withDestinationPath: folder.path + "/precious")
    let files = try (0..<2).map { _ in try AtomicFile(folder.path + "/f") }
    #expect(folder.files.count { $0.hasSuffix(".partial") && $0 != "f.partial" } == 2)
    for file in files {
      try file.write("x")
      try file.complete()
      try file.publish()
    }
    #expect(folder.read("precious") == "precious")
    #expect(folder.files == ["f", "f.partial", "precious"])
  }

  @Test("what a killed process left is swept, what is being written is not")
  func sweeping() throws {
    let name = "model.safetensors.0123456789abcdef.partial"
    for file in [name, "mine.partial", "a.0123456789abcdeg.partial", "notes.txt"] {
      folder.write("x", to: file)
    }
    let file = try AtomicFile(folder.path + "/f")
    PartialFile.sweep(folder.path)
    #expect(!folder.files.contains(name))
    #expect(folder.files.count == 4)
    try file.complete()
    try file.publish()
    #expect(folder.files.contains("f"))
    // And whoever writes a file anew sweeps what an earlier try of it left.
    folder.write("x", to: "f.0123456789abcdef.partial")
    folder.write("x", to: "g.0123456789abcdef.partial")
    try AtomicFile.write("y", to: folder.path + "/f")
    #expect(!folder.files.contains("f.0123456789abcdef.partial"))
    #expect(folder.files.contains("g.0123456789abcdef.partial"))
  }

  @Test("a private folder cannot be entered by others, and goes")
  func privateFolder() throws {
    let private1 = try PrivateFolder()
    let private2 = try PrivateFolder()
    #expect(private1.path != private2.path)
    let attributes = try FileManager.default.attributesOfItem(atPath: private1.path)
    #expect(attributes[.posixPermissions] as? Int == 0o700)
    _ = FileManager.default.createFile(atPath: private1.path + "/0", contents: Data())
    private1.remove()
    #expect(!FileManager.default.fileExists(atPath: private1.path))
    private2.remove()
  }

  @Test("paths are what the system says they are, also out of a link to a folder")
  func paths() throws {
    folder.write("here", to: "a/file")
    folder.write("there", to: "b/file")
    try FileManager.default.createDirectory(
      atPath: folder.path + "/b/c", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/a/link", withDestinationPath: "../b/c")
    folder.write("data: {source: link/../file}\n", to: "a/config.yaml")
    let configuration = try Configuration(contentsOf: folder.path + "/a/config.yaml")
    let source = try #require(configuration.data.source)
    #expect(try String(contentsOfFile: source, encoding: .utf8) == "there")
    // And so it is for whoever reads what a run writes.
    folder.write(try configuration.yaml(relativeTo: folder.path + "/a"), to: "a/written.yaml")
    let written = try Configuration(contentsOf: folder.path + "/a/written.yaml")
    #expect(
      try String(contentsOfFile: try #require(written.data.source), encoding: .utf8) == "there")
    #expect(absolutePath("../b//./file", from: folder.path + "/a") == folder.path + "/b/file")
    #expect(absolutePath("/..") == "/")
    // Equivalent names of other bytes are other folders.
    #expect(relativePath(of: "/x/e\u{301}/f", from: "/x/\u{E9}") == "../e\u{301}/f")
  }
}

@Suite("Messages")
struct MessageTests {
  @Test("control characters are escaped, whatever turns or ends lines too")
  func escapes() {
    let error = InputError("a\u{1B}[31m\n\u{85}\u{202E}\u{2028}b")
    #expect(error.description == "a\\u{1B}[31m\\n\\u{85}\\u{202E}\\u{2028}b")
  }

  @Test("long messages keep their beginning and their end")
  func lengths() {
    let long = InputError("begin " + String(repeating: "\u{1B}", count: 100_000) + " end")
    #expect(long.description.unicodeScalars.count <= 240)
    #expect(long.description.hasPrefix("begin ") && long.description.hasSuffix(" end"))
    #expect("short".quoted == "'short'")
    #expect(String(repeating: "x", count: 1000).quoted.unicodeScalars.count == 62)
  }

  @Test("the nearest name is found without its section too")
  func nearestNames() {
    let keys = ConfigurationKey.all.map(\.name)
    #expect(nearest(to: "batchSize", among: keys) == "training.batchSize")
    #expect(nearest(to: "training.batchsize", among: keys) == "training.batchSize")
    #expect(nearest(to: "hidden", among: keys) == "model.hiddenSize")
    #expect(nearest(to: "trian", among: ["prepare", "train", "translate"]) == "train")
    #expect(nearest(to: "x", among: []) == nil)
  }
}
