import Foundation

@testable import Seq2Seq

// What libFuzzer calls: `Scripts/fuzz.sh` builds it and says how to run it. The variable FUZZ_FORMAT
// names the format of all inputs, FUZZ_SEEDS a folder that honest ones are written to.

/// libFuzzer's own main, which the program's one hands its arguments to.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

@main
enum Fuzzer {
  static let project = HonestProject()
  static let format: FuzzFormat = {
    let environment = ProcessInfo.processInfo.environment
    guard let format = FuzzFormat(rawValue: environment["FUZZ_FORMAT"] ?? "") else {
      fatalError("FUZZ_FORMAT is one of \(FuzzFormat.allCases.map(\.rawValue))")
    }
    return format
  }()

  static func main() throws {
    for (number, seed) in try project.seeds(of: format).enumerated() {
      guard let folder = ProcessInfo.processInfo.environment["FUZZ_SEEDS"] else { break }
      try seed.write(to: URL(fileURLWithPath: "\(folder)/honest\(number)"))
    }
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    exit(withUnsafeMutablePointer(to: &arguments) { runDriver(&count, $0, readInput) })
  }
}

/// Reads an input as a file of its format.
private func readInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let path = Fuzzer.project.path(of: Fuzzer.format)
  let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  guard descriptor >= 0, write(descriptor, start, count) == count else {
    fatalError("cannot write \(path)")
  }
  close(descriptor)
  do {
    try Fuzzer.project.read(Fuzzer.format)
  } catch let error as InputError {
    let sentence = error.description.unicodeScalars
    guard sentence.count <= 240,
      !sentence.contains(where: { $0.properties.generalCategory == .control })
    else { fatalError("no sentence: \(error)") }
  } catch {
    fatalError("not an InputError: \(error)")
  }
  return 0
}
