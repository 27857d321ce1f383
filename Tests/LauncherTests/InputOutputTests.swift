import Foundation
import TestSupport
import Testing

/// Reading and writing at the edges: what cannot be done is said, with an exit code.
@Suite("Input and output", .serialized)
struct InputOutputTests {
  private let project = ToyProject()

  private func trained(_ settings: String...) throws {
    let result = try Command(
      ["train", project.config, "--set", "training.steps=60"]
        + settings.flatMap { ["--set", $0] })
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  /// Runs a shell script in which `$0` is the launcher, `$M` the model, `$S` and `$T` the text.
  private func shell(_ script: String) throws -> Command {
    try Command.shell(
      """
      M='\(project.model)' S='\(project.source)' T='\(project.target)' D='\(project.folder.path)'
      cd "$D"; \(script)
      """)
  }

  @Test("output that does not arrive is an error: a full disk, a closed descriptor, a limit")
  func lostOutput() throws {
    try trained()
    for command in [
      #""$0" translate "$M" < "$S""#, #""$0" score "$M" --source "$S" --target "$T""#,
      #""$0" evaluate "$M" --source "$S" --target "$T" --beam 1"#, #""$0" --help"#,
      #""$0" prepare config.yaml"#,
      // With a warning between the output and the end.
      #"echo nothing nothing | "$0" translate "$M""#,
      #""$0" train config.yaml --overwrite --ranks 2 --set training.steps=1"#,
    ] {
      for lost in ["> /dev/full", ">&-"] {
        let result = try shell("\(command) \(lost)")
        #expect(result.exitCode == 75, "\(command) \(lost): \(result.errors)")
        #expect(
          result.errors.contains("launcher: cannot write to standard output: "),
          "\(command) \(lost): \(result.errors)")
      }
    }
    let limited = try shell(#"ulimit -f 1; yes 1 | head -2000 | "$0" translate "$M" > out"#)
    #expect(limited.exitCode == 75, "\(limited.errors)")
  }

  @Test("a reader that went away ends the program as it ends cat")
  func brokenPipe() throws {
    try trained()
    let script = """
      (yes 1 | head -3000 | "$0" translate "$M" --beam 1; echo "code $?" >&2) | head -1
      """
    let result = try shell(script)
    #expect(result.output.split(separator: "\n").count == 1)
    #expect(result.errors == "code 141\n")
    // The ranks of a training end with it.
    let training = try shell(
      """
      ("$0" train config.yaml --ranks 2 --set training.epochs=100000 \
        --set training.logEverySteps=1 --set "training.output=$D/other"; echo "code $?" >&2) | head -3
      pgrep -f "output=$D/other"
      """)
    #expect(training.output.split(separator: "\n").count == 3, "\(training.output)")
    #expect(training.errors.hasSuffix("code 141\n"), "\(training.errors)")
  }

  @Test("input that cannot be read is an error", arguments: ["<&-", "< /"])
  func unreadableInput(_ input: String) throws {
    try trained()
    let result = try shell(#""$0" translate "$M" \#(input)"#)
    #expect(result.exitCode == 65)
    #expect(result.errors.hasPrefix("launcher: cannot read standard input: "))
  }

  @Test("a program at the other end of a pipe is answered line by line")
  func lineByLine() throws {
    try trained()
    // The second line is written only when the first one has been answered.
    let result = try shell(
      #"""
      mkfifo in out; "$0" translate "$M" < in > out & exec 3> in 4< out
      echo 1 2 >&3; read -r first <&4; echo "$first" | wc -w >&3; read -r second <&4
      exec 3>&-; wait; echo "$second"
      """#)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(!result.output.isEmpty)
  }

  @Test("lines of every ending, a mark at the beginning, and pipes for files")
  func odd() throws {
    try trained()
    let plain = try shell(#""$0" score "$M" --source "$S" --target "$T""#)
    let odd = try shell(
      #"""
      (printf '\357\273\277'; sed 's/$/\r\r/' "$S") > odd.source; gzip -k "$T"
      mkfifo fifo; cat odd.source > fifo &
      "$0" score "$M" --source fifo --target "$T.gz"
      """#)
    #expect(odd.exitCode == 0, "\(odd.errors)")
    #expect(odd.output == plain.output)
    let twice = try shell(
      #"""
      cat "$S" > fifo & gzip -c "$T" > fifo2.gz
      "$0" evaluate "$M" --source fifo --target fifo2.gz --beam 1
      """#)
    #expect(twice.exitCode == 0, "\(twice.errors)")
    #expect(twice.output.contains("sentences   64"))
  }

  @Test("a carriage return within a line is a blank, for preparing and training alike")
  func carriageReturns() throws {
    project.folder.write(
      try #require(project.folder.read("train.source")).replacingOccurrences(of: " ", with: "\r "),
      to: "train.source")
    try trained()
    #expect(project.folder.read("model/source.vocab")?.split(separator: "\n").count == 10)
  }

  @Test("a timeline goes to a device, and does not replace it")
  func device() throws {
    let result = try shell(
      #""$0" train config.yaml --set training.steps=1 --timeline /dev/full; echo $?; test -c /dev/full"#
    )
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("cannot write /dev/full: No space left on device"))
    #expect(result.output.hasSuffix("\n75\n"))
  }

  @Test("what goes where standard output goes does not replace it")
  func standardOutput() throws {
    let result = try shell(
      #""$0" train config.yaml --set training.steps=1 --timeline /dev/stdout > out; cat out"#)
    #expect(result.errors == "")
    #expect(result.output.contains("trained 1 steps in"))
    #expect(result.output.contains(#""name":"process_name""#))
  }

  @Test("a line that never ends is refused")
  func endlessLine() throws {
    try trained()
    let result = try shell(#""$0" translate "$M" < /dev/zero"#)
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("standard input:1: a line of more than "))
  }

  @Test("a signal ends the wait for a writer")
  func interruptedWait() throws {
    let result = try shell(
      #"""
      mkfifo fifo; "$0" train config.yaml --set data.source=fifo 2> errors & job=$!
      until grep -q waiting errors; do :; done; kill -TERM $job; wait $job; echo "code $?"; cat errors
      """#)
    #expect(result.output.contains("code 75"), "\(result.output)")
    #expect(result.output.contains("launcher: stopped by SIGTERM; nothing of it was saved"))
  }

  @Test("nobody else's links are followed in the folder of temporary files")
  func temporaryFiles() throws {
    let result = try shell(
      #"""
      mkdir -m 1777 tmp; echo precious > precious
      i=$$; end=$((i + 300)); while [ $i -lt $end ]; do
        mkdir tmp/seq2seq-$i; ln -s "$D/precious" tmp/seq2seq-$i/0; i=$((i + 1)); done
      TMPDIR="$D/tmp" "$0" train config.yaml --ranks 2 --set training.steps=1 > /dev/null
      cat precious; ls tmp | grep -c run
      """#)
    #expect(result.output == "precious\n0\n", "\(result.errors)")
  }

  @Test("under a small limit of memory commands end, with a sentence where it is too small")
  func memory() throws {
    try trained()
    let small = try shell(
      #"ulimit -v 1000000; "$0" train config.yaml --overwrite --set model.hiddenSize=4000"#)
    #expect(small.exitCode == 65)
    #expect(small.errors.contains("the limit of this process (ulimit -v) leaves"))
  }
}
