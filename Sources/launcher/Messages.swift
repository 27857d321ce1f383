import ArgumentParser
import Foundation
import Seq2Seq

/// The exit code of a fault that is ours.
let faultExitCode: Int32 = 70

/// Prints a message for people, after anything on standard output: the one way to say that
/// something went wrong.
func printError(_ message: String) {
  try? StandardOutput.flush()
  Progress.leaveLine()
  writeToStandardError("launcher: \(message)".asMessage(limit: 300))
}

/// Prints what is hardly meant, and goes on.
func printWarning(_ message: String) { printError("warning: \(message)") }

/// What the argument parser found: help, or a sentence with where to read more.
func report(_ error: any Error, arguments: [String]) throws -> Int32 {
  let code = Launcher.exitCode(for: error)
  let unknown = unknownCommand(arguments)
  guard code != .success || unknown != nil else {
    try StandardOutput.line(Launcher.fullMessage(for: error))
    try StandardOutput.flush()
    return 0
  }
  guard code != .failure else {
    printError("\(error)")
    return faultExitCode
  }
  let sentence = unknown ?? Launcher.message(for: error)
  printError("\(oneLine(sentence)); see '\(helpCommand(arguments))'")
  return InputError.Kind.usage.rawValue
}

/// A sentence about a command that there is not, or that help is asked for; nil if there is.
private func unknownCommand(_ arguments: [String]) -> String? {
  let isHelp = arguments.first == "help"
  var commands = Launcher.configuration.subcommands
  var names = commandNames(commands) + ["help"]
  for word in isHelp ? arguments.dropFirst() : arguments.prefix(1) {
    guard !word.hasPrefix("-") else { return nil }
    guard names.contains(word) else {
      let nearest = nearest(to: word, among: names).map { "; the nearest is '\($0)'" }
      return "unknown command \(word.quoted)\(nearest ?? "")"
    }
    commands =
      commands.first { $0.configuration.commandName == word }?.configuration.subcommands ?? []
    names = commandNames(commands)
  }
  return nil
}

private func commandNames(_ commands: [any ParsableCommand.Type]) -> [String] {
  commands.compactMap { $0.configuration.commandName }
}

private func helpCommand(_ arguments: [String]) -> String {
  let names = commandNames(Launcher.configuration.subcommands)
  return arguments.first.flatMap { names.contains($0) ? "launcher help \($0)" : nil }
    ?? "launcher help"
}

/// A sentence of the argument parser as ours are: on one line, and not begun with a capital.
private func oneLine(_ text: String) -> String {
  let line = text.split(whereSeparator: \.isNewline).map {
    $0.trimmingCharacters(in: .whitespaces)
  }.joined(separator: " ")
  let sentence = line.hasSuffix(".") ? String(line.dropLast()) : line
  return sentence.prefix(1).lowercased() + sentence.dropFirst()
}
