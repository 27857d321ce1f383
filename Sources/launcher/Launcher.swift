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
      configuration or a model file is wrong; 70 a fault of this program; 75 stopped early, with \
      what was saved before intact.
      """,
    subcommands: [
      PrepareCommand.self, TrainCommand.self, TranslateCommand.self, ScoreCommand.self,
      EvaluateCommand.self, BenchmarkCommand.self,
    ])
}

@main
enum Main {
  static func main() {
    // A limit on file sizes shall fail the write, which says so, and not the process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try Launcher.parseAsRoot()
      try command.run()
    } catch let error as InputError {
      printError(error.description)
      exit(error.kind.rawValue)
    } catch let code as ExitCode {
      exit(code.rawValue)
    } catch {
      // Help, usage errors (64) and requests to exit are the argument parser's.
      let code = Launcher.exitCode(for: error)
      if code == .failure {
        printError("\(error)")
        exit(faultExitCode)
      }
      Launcher.exit(withError: error)
    }
  }
}

/// The exit code of a fault that is ours.
let faultExitCode: Int32 = 70

/// Prints a message for people, after anything on standard output.
func printError(_ message: String) {
  fflush(nil)
  FileHandle.standardError.write(Data("launcher: \(message)\n".utf8))
}
