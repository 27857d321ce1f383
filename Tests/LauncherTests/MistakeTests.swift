import Foundation
import TestSupport
import Testing

/// What a user gets wrong: one sentence, the right exit code, nothing half-written.
@Suite("Mistakes", .serialized)
struct MistakeTests {
  private let project = ToyProject()

  /// Trains on two ranks and expects to be refused with one message.
  private func expectRefusal(
    _ message: String, with settings: [String] = [], exitCode: Int32 = 65,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let words = settings.map { "--set '\($0)'" }.joined(separator: " ")
    let result = try Command.shell("\"$0\" train '\(project.config)' --ranks 2 \(words)")
    #expect(result.exitCode == exitCode, sourceLocation: location)
    #expect(result.errors.contains(message), "\(result.errors)", sourceLocation: location)
    #expect(
      result.errors.split(separator: "\n").count == 1, "\(result.errors)",
      sourceLocation: location)
    #expect(
      !project.folder.files.contains { $0.hasSuffix(".partial") || $0.hasSuffix("safetensors") },
      sourceLocation: location)
  }

  @Test("files of unequal line counts")
  func unequalFiles() throws {
    project.folder.write("zero\none\n", to: "train.target")
    try expectRefusal("train.target ends after line 2, but")
  }

  @Test("text that is not UTF-8")
  func invalidText() throws {
    project.folder.write(Data("0 0\n".utf8) + Data([0xFF, 0x0A]), to: "train.source")
    try expectRefusal("train.source:2: not valid UTF-8")
  }

  @Test("an empty corpus")
  func emptyCorpus() throws {
    project.folder.write("", to: "train.source")
    project.folder.write("", to: "train.target")
    try expectRefusal("train.source is empty")
  }

  @Test("a missing file")
  func missingFile() throws {
    try expectRefusal("none.txt: No such file or directory", with: ["data.source=none.txt"])
    let config = try Command("train", project.folder.path + "/none.yaml")
    #expect(config.exitCode == 65)
    let model = try Command("translate", project.folder.path + "/none")
    #expect(model.exitCode == 65)
    #expect(model.errors.contains("/none/config.yaml: No such file"))
  }

  @Test("an unknown key, in the file and on the command line")
  func unknownKey() throws {
    try expectRefusal(
      "the nearest known one is 'training.batchSize'", with: ["training.batchsize=2"],
      exitCode: 64)
    project.folder.write("model:\n  layer: 3\n", to: "config.yaml")
    try expectRefusal("config.yaml:2: unknown key 'model.layer'")
  }

  @Test("a command line that is wrong")
  func commandLine() throws {
    for arguments in [
      ["train"], ["trane", "x"], ["train", "x", "--ranks", "0"], ["train", "x", "--hosts", "h"],
      ["translate", "x", "--beam", "0"], ["train", "x", "--ranks", "2", "--hosts", "/none"],
    ] {
      let result = try Command.shell("\"$0\" \(arguments.joined(separator: " "))")
      #expect(result.exitCode == 64, "\(arguments)")
      #expect(!result.errors.isEmpty)
    }
  }

  @Test("a grid that the ranks cannot form")
  func impossibleGrid() throws {
    try expectRefusal("grids that fit", with: ["parallel.data=3"])
  }

  @Test("a model larger than the machine")
  func tooLarge() throws {
    try expectRefusal(
      "make the model or its vocabularies smaller", with: ["model.hiddenSize=1000000"])
  }

  @Test("weights that do not fit, on all ranks")
  func wrongWeights() throws {
    let other = ToyProject()
    #expect(try Command("train", other.config, "--set", "training.steps=0").exitCode == 0)
    let result = try Command(
      "train", project.config, "--from", other.model, "--ranks", "2", "--set",
      "model.hiddenSize=33")
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("encoder.lstm.weight_ih_l0 has shape [128, 16]"))
    #expect(result.errors.split(separator: "\n").count == 1)

    let weights = other.model + "/model.safetensors"
    let data = try Data(contentsOf: URL(fileURLWithPath: weights))
    other.folder.write(data.dropLast(10), to: "model/model.safetensors")
    let truncated = try Command("translate", other.model)
    #expect(truncated.exitCode == 65)
    #expect(truncated.errors.contains("model.safetensors is truncated or damaged"))
  }

  @Test("a translation input that is not UTF-8")
  func invalidInput() throws {
    #expect(try Command("train", project.config, "--set", "training.steps=0").exitCode == 0)
    let result = try Command(
      "translate", project.model, input: Data("1 2\n".utf8) + Data([0xC0, 0x0A]))
    #expect(result.exitCode == 65)
    #expect(result.errors == "launcher: standard input:2: not valid UTF-8\n")
  }

  @Test("a training that diverges stops with what was saved before")
  func divergence() throws {
    let other = ToyProject()
    #expect(try Command("train", other.config, "--set", "training.steps=0").exitCode == 0)
    let weights = other.model + "/model.safetensors"
    var data = try Data(contentsOf: URL(fileURLWithPath: weights))
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let largest = withUnsafeBytes(of: Float.greatestFiniteMagnitude / 2) { Array($0) }
    for index in (8 + header)..<data.count { data[index] = largest[(index - 8 - header) % 4] }
    other.folder.write(data, to: "model/model.safetensors")

    let result = try Command("train", project.config, "--from", other.model, "--ranks", "2")
    #expect(result.exitCode == 75)
    #expect(result.errors.contains("the training has diverged"))
    // Before it there is a warning: the model that it starts from computes no number.
    #expect(result.errors.hasPrefix("launcher: warning: the validation after step 0 has the loss "))
    #expect(result.errors.split(separator: "\n").count == 2)
  }

  @Test("a disk that is full")
  func fullDisk() throws {
    #expect(try Command("train", project.config, "--set", "training.steps=0").exitCode == 0)
    func files() throws -> [Data] {
      try ["config.yaml", "source.vocab", "target.vocab", "model.safetensors"].map {
        try Data(contentsOf: URL(fileURLWithPath: project.model + "/\($0)"))
      }
    }
    let before = try files()
    // A limit on the size of files fails a write as a full disk does; mpirun needs some itself, and
    // memory that ranks share would be a file too.
    let script = """
      trap '' XFSZ; ulimit -f 40000; "$0" train '\(project.config)' --overwrite --ranks 2 \
      --set model.hiddenSize=1000 --set training.steps=1 --set parallel.exchange=mpi
      """
    let result = try Command.shell(script)
    #expect(result.exitCode == 75, "\(result.errors)")
    #expect(result.errors.contains("cannot write \(project.model)/last/model.safetensors"))
    #expect(result.errors.contains("nothing of it was saved, and the model before it is as it was"))
    #expect(result.errors.contains("launcher: warning: a model of 20"))
    #expect(result.errors.split(separator: "\n").count == 2, "\(result.errors)")
    #expect(!project.folder.files.contains { $0.hasSuffix(".partial") })
    #expect(try files() == before)
  }

  /// Trains without end on two ranks, does something to the job, and reports what came of it.
  private func disturb(
    _ action: String, ranks: Int = 2, settings: String = "", ignored signal: String? = nil
  ) throws -> Command {
    try Command.shell(
      """
      \(signal.map { "trap '' \($0)" } ?? ":")
      # A shell has what it starts in the background ignore SIGINT.
      env --default-signal=INT "$0" train '\(project.config)' --ranks \(ranks) \(settings) \
        --set training.epochs=100000 \
        --set training.logEverySteps=10 > '\(project.folder.path)/log' 2>&1 &
      job=$!
      until grep -q 'step 10/' '\(project.folder.path)/log'; do :; done
      mpirun=$(pgrep -P $job)
      \(action)
      wait $job; echo "code $?"; tail -n 1 '\(project.folder.path)/log'
      pgrep -P "$mpirun" launcher && echo left behind
      true
      """)
  }

  @Test(
    "a rank that is killed ends the job, and its rank, role and work are named",
    arguments: [(0, "stage 0"), (1, "stage 1"), (2, "softmax 0"), (3, "softmax 1")])
  func killedRank(rank: Int, role: String) throws {
    // mpirun starts its ranks in order.
    let result = try disturb(
      "kill -KILL $(pgrep -P $mpirun launcher | sort -n | sed -n \(rank + 1)p)", ranks: 4,
      settings:
        "--set model.layers=2 --set parallel.layers=2 --set parallel.softmax=2")
    #expect(result.output.contains("code 137"), "\(result.output)")
    #expect(
      result.output.contains("launcher: rank \(rank) (\(role), "), "\(result.output)")
    #expect(result.output.contains(") was ended by signal 9"))
    #expect(!result.output.contains("left behind"))
  }

  @Test("a rank that fails on its own ends the job, and says its role and what it was doing")
  func failingRank() throws {
    // The metrics go to a device that is always full: only rank 0 writes them.
    let output = project.folder.path + "/model"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: output + "/metrics.jsonl", withDestinationPath: "/dev/full")
    let result = try Command(
      "train", project.config, "--ranks", "4", "--set", "model.layers=2", "--set",
      "parallel.layers=2", "--set", "parallel.softmax=2", "--set", "training.logEverySteps=3",
      "--overwrite")
    #expect(result.exitCode == 75)
    let errors = result.errors.replacing(/launcher: warning: .*\n/, with: "")
    #expect(errors.hasPrefix("launcher: rank 0: stage 0, "), "\(result.errors)")
    #expect(
      errors.hasSuffix("metrics.jsonl: No space left on device; nothing of it was saved\n"),
      "\(errors)")
    #expect(errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  private var mpirun: String {
    "timeout 100 mpirun \(getuid() == 0 ? "--allow-run-as-root" : "") --oversubscribe"
  }

  @Test("what one rank alone cannot read is said by all, and none waits for it")
  func oneRankAlone() throws {
    #expect(try Command("train", project.config, "--set", "training.steps=1").exitCode == 0)
    let train = "\"$0\" train '\(project.config)' --set training.output=other"
    let result = try Command.shell(
      "\(mpirun) -np 1 \(train) --from '\(project.model)' : -np 1 \(train) --from none")
    #expect(result.exitCode == 65, "\(result.errors)")
    #expect(result.errors.contains("launcher: rank 1 on "), "\(result.errors)")
    #expect(result.errors.contains("none/model.safetensors: No such file"), "\(result.errors)")
  }

  @Test("what all ranks find is said once")
  func saidOnce() throws {
    for (command, code) in [
      ("translate none", 65), ("benchmark --grids 1x1 --hidden 4 --layers 1", 64),
    ] {
      let result = try Command.shell("\(mpirun) -np 2 \"$0\" \(command) < /dev/null")
      #expect(result.exitCode == Int32(code), "\(result.errors)")
      let own = result.errors.split(separator: "\n").filter { $0.hasPrefix("launcher: ") }
      #expect(own.count == 1, "\(result.errors)")
    }
  }

  @Test("a hang-up that nohup has ignored does not end a job")
  func hangUp() throws {
    let result = try disturb("kill -HUP $job; kill -TERM $job", ignored: "HUP")
    #expect(result.output.contains("launcher: stopped by SIGTERM"), "\(result.output)")
  }

  @Test("a job that is told to stop takes its ranks with it", arguments: ["TERM", "INT"])
  func stopped(signal: String) throws {
    let result = try disturb("kill -\(signal) $job")
    #expect(result.output.contains("code 75"), "\(result.output)")
    #expect(result.output.contains("launcher: stopped by SIG\(signal)"))
    #expect(!result.output.contains("left behind"))
  }
}
