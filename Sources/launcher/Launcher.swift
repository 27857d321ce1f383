import ArgumentParser
import Foundation
import Seq2Seq

/// The command line of the trainer.
struct Launcher: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launcher",
    abstract: "Train sequence-to-sequence LSTMs over MPI ranks, and use them.",
    discussion: """
      A configuration file says what to train and how (docs/reference.md has every key). A trained \
      model is a folder. Exit codes: 0 done; 64 the command line is wrong; 65 the data, the \
      configuration or a model file is wrong; 70 a fault of this program; 75 stopped early, or \
      what was to be written could not be: what was saved before is intact.
      """,
    version: "launcher 0.9.0",
    subcommands: [
      GenerateCommand.self, PrepareCommand.self, TrainCommand.self, TranslateCommand.self,
      ScoreCommand.self, RescoreCommand.self, EvaluateCommand.self, SampleCommand.self,
      EmbedCommand.self, ProjectCommand.self, ReportCommand.self, BenchmarkCommand.self,
    ])
}

@main
enum Main {
  static func main() {
    holdStandardDescriptors()
    // A limit on file sizes shall fail the write, which says so, and not the process; and so shall
    // a reader that has gone.
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    // Found out now: MPI makes every process look like one of a job.
    _ = MPIRun.isInsideJob
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs a command and sends off what it printed.
  ///
  /// - Returns: the exit code.
  static func run(_ arguments: [String]) -> Int32 {
    do {
      do {
        var command = try Launcher.parseAsRoot(arguments)
        try command.run()
      } catch let error
        where !(error is InputError || error is ExitCode || error is StandardOutput.ReaderHasGone)
      {
        return try report(error, arguments: arguments)
      }
      try StandardOutput.flush()
      return 0
    } catch is StandardOutput.ReaderHasGone {
      StandardOutput.endWithoutReader()
    } catch let error as InputError {
      printError(error.description)
      return error.kind.rawValue
    } catch {
      // A command that has said what there was to say.
      return (error as? ExitCode)?.rawValue ?? faultExitCode
    }
  }
}
