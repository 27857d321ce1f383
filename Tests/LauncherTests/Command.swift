import Foundation

/// Runs the launcher that was built beside the tests.
struct Command {
  /// What it wrote to standard output.
  let output: String
  /// What it wrote to standard error.
  let errors: String
  /// How it ended.
  let exitCode: Int32

  /// Runs it with arguments, in a process of its own.
  init(_ arguments: String..., input: Data = Data()) throws {
    try self.init(program: Self.launcher, arguments, input: input)
  }

  /// Runs it with arguments, in a process of its own.
  init(_ arguments: [String], input: Data = Data(), in folder: String? = nil) throws {
    try self.init(program: Self.launcher, arguments, input: input, folder: folder)
  }

  /// Runs `script` in a shell, with the launcher's path as `$0`.
  static func shell(_ script: String) throws -> Command {
    try Command(program: "/bin/sh", ["-c", script, launcher], input: Data())
  }

  private init(
    program: String, _ arguments: [String], input: Data, folder: String? = nil
  ) throws {
    let process = Process()
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    // Tests of a launcher that starts mpirun may run below one.
    process.environment = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("OMPI_") && !$0.key.hasPrefix("PMIX_")
    }
    let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
    process.standardInput = inputPipe
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    try process.run()
    // A program that is done before it has read anything is not a fault.
    try? inputPipe.fileHandleForWriting.write(contentsOf: input)
    try inputPipe.fileHandleForWriting.close()
    // Errors are few: they fit a pipe while the output is read.
    output = String(decoding: outputPipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    errors = String(decoding: errorPipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    exitCode = process.terminationStatus
  }

  private static let launcher = URL(
    fileURLWithPath: try! FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  ).deletingLastPathComponent().appendingPathComponent("launcher").path
}
