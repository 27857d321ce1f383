import Foundation
import TestSupport
import Testing

@Suite("The launcher, from text to translations", .serialized)
struct EndToEndTests {
  @Test("trains on two ranks, translates, scores and evaluates")
  func wholeWay() throws {
    let project = ToyProject()
    let prepared = try Command("prepare", project.config)
    #expect(prepared.exitCode == 0)
    #expect(prepared.output.contains("training pairs                    64\n"))

    // To find the best translator of the training text itself is not what people do, and it says so.
    let validation = [
      "--set", "data.validationSource=train.source", "--set", "data.validationTarget=train.target",
      "--set", "training.validateExact=true",
    ]
    let trained = try Command(["train", project.config, "--ranks", "2"] + validation)
    #expect(trained.exitCode == 0, "\(trained.errors)")
    #expect(trained.errors.hasPrefix("launcher: warning: 64 of the 64 different pairs of "))
    #expect(trained.errors.split(separator: "\n").count == 1, "\(trained.errors)")
    #expect(trained.output.contains("2 ranks"))
    #expect(trained.output.contains("best so far"))
    #expect(trained.output.contains("prepared 64"), "for another validation text")
    let files = project.folder.files
    for file in [
      "model/config.yaml", "model/source.vocab", "model/target.vocab", "model/model.safetensors",
      "model/metrics.jsonl", "model/last/model.safetensors",
    ] { #expect(files.contains(file)) }
    #expect(!files.contains { $0.hasSuffix(".partial") })

    let translated = try Command(
      "translate", project.model, input: Data("3 5\n\n7 0\r\n1 1".utf8))
    #expect(translated.exitCode == 0)
    #expect(translated.output == "three five\n\nseven zero\none one\n")
    let greedy = try Command("translate", project.model, "--beam", "1", input: Data("2 6\n".utf8))
    #expect(greedy.output == "two six\n")

    let scored = try Command(
      "score", project.model, "--source", project.source, "--target", project.target)
    let scores = scored.output.split(separator: "\n").map { Double($0)! }
    #expect(scores.count == 64)
    #expect(scores.allSatisfy { $0 < 0 && $0 > -3 })

    // A validation translates with a beam of 1, this with one of 12.
    #expect(trained.output.contains("  exact 100.00 %"), "\(trained.output)")
    let evaluated = try Command(
      "evaluate", project.model, "--source", project.source, "--target", project.target)
    #expect(evaluated.exitCode == 0)
    #expect(evaluated.output.contains("sentences   64"))
    #expect(evaluated.output.contains("perplexity  1."))
    #expect(evaluated.output.contains("\nexact       100.00 %\n"))
    #expect(evaluated.output.contains("\nsignature   nrefs:1|case:mixed|eff:no|tok:13a|"))
  }

  @Test("commands end where memory is limited", arguments: [130_000, 160_000, 200_000, 250_000])
  func limitedMemory(kilobytes: Int) throws {
    let project = ToyProject()
    #expect(try Command("train", project.config, "--set", "training.steps=20").exitCode == 0)
    let text = "--source '\(project.source)' --target '\(project.target)'"
    for command in [
      "score '\(project.model)' \(text)", "translate '\(project.model)' < '\(project.source)'",
    ] {
      // Two threads, for what such limits forbid is another thread; and a minute, for a command
      // that waits for one would wait for ever.
      let result = try Command.shell(
        "ulimit -v \(kilobytes); OPENBLAS_NUM_THREADS=2 timeout 60 \"$0\" \(command)")
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output.count { $0 == "\n" } == 64)
    }
  }

  @Test("metrics are one JSON object per line")
  func metrics() throws {
    let project = ToyProject()
    let trained = try Command(
      "train", project.config, "--set", "training.steps=50", "--set", "training.validateExact=true")
    #expect(trained.exitCode == 0, "\(trained.errors)")
    let lines = try #require(project.folder.read("model/metrics.jsonl")).split(separator: "\n")
    #expect(lines.count == 3)
    for (index, line) in lines.enumerated() {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for key in ["step", "epoch", "loss", "perplexity", "sentences", "words", "wordsPerSecond"] {
        #expect(object[key] is NSNumber, "\(key)")
      }
      #expect((object["validation"] as? Bool == true) == (index == 2))
      #expect((object["exact"] is NSNumber) == (index == 2))
      if index < 2 {
        #expect(object["gradientNorm"] is NSNumber)
        #expect(object["learningRate"] as? Double == 0.02)
        #expect(object["sentences"] as? Int == 25 * 16)
      }
    }
  }

  @Test("ranks share translating, scoring and evaluating, and the output is that of one process")
  func distributedLines() throws {
    let project = ToyProject()
    #expect(try Command("train", project.config, "--set", "training.steps=60").exitCode == 0)
    let text = "--source '\(project.source)' --target '\(project.target)'"
    for command in [
      "translate '\(project.model)' --beam 3 < '\(project.source)'",
      "score '\(project.model)' \(text)", "evaluate '\(project.model)' --beam 2 \(text)",
    ] {
      let alone = try Command.shell("\"$0\" \(command)")
      let root = getuid() == 0 ? "--allow-run-as-root" : ""
      let shared = try Command.shell(
        "mpirun \(root) --oversubscribe -np 3 \"$0\" \(command)")
      #expect(shared.exitCode == 0, "\(shared.errors)")
      #expect(!alone.output.isEmpty)
      // Products of other shapes may round otherwise: numbers agree to six digits.
      let words = [alone, shared].map { $0.output.split(whereSeparator: \.isWhitespace) }
      #expect(words[0].count == words[1].count)
      for (left, right) in zip(words[0], words[1]) {
        if let left = Double(left), let right = Double(right) {
          #expect(abs(left - right) <= 1e-5 * abs(left))
        } else {
          #expect(left == right)
        }
      }
    }
  }

  @Test("a model trained on one grid goes on with another")
  func otherGrids() throws {
    let project = ToyProject()
    let first = try Command(
      "train", project.config, "--ranks", "4", "--set", "model.layers=2", "--set",
      "parallel.layers=2", "--set", "parallel.softmax=2", "--set", "training.steps=20")
    #expect(first.exitCode == 0, "\(first.errors)")
    let second = try Command(
      "train", project.config, "--ranks", "2", "--from", project.model, "--set",
      "model.layers=2", "--set", "parallel.softmax=shared", "--set", "training.steps=5", "--set",
      "training.output=second")
    #expect(second.exitCode == 0, "\(second.errors)")
    let scored = try Command(
      "score", project.folder.path + "/second", "--source", project.source, "--target",
      project.target)
    #expect(scored.output.split(separator: "\n").count == 64)
  }

  @Test("the benchmark measures grids, on made-up and on real sentences")
  func benchmark() throws {
    let project = ToyProject()
    let (json, chart) = (project.folder.path + "/b.json", project.folder.path + "/b.svg")
    let made = try Command(
      "benchmark", "--grids", "1x1,2x1,1x(2+2),2x(1+sharded)", "--hidden", "8",
      "--source-vocabulary", "11", "--target-vocabulary", "13", "--batch", "4", "--length", "5",
      "--steps", "2", "--warmup", "1", "--json", json, "--chart", chart)
    #expect(made.exitCode == 0, "\(made.errors)")
    for grid in ["1×(1+0)", "2×(1+0)", "1×(2+2)", "2×(1+sharded)", "softmax 1"] {
      #expect(made.output.contains(grid))
    }
    let results = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: json)))
    #expect((results as? [[String: Any]])?.count == 4)
    #expect(project.folder.read("b.svg")?.hasSuffix("</svg>\n") == true)

    let real = try Command(
      "benchmark", "--grids", "2x1", "--config", project.config, "--order", "random")
    #expect(real.exitCode == 0, "\(real.errors)")
    let text = try Command(
      "benchmark", "--grids", "2x1", "--text", project.source, "--hidden", "8", "--batch", "4",
      "--source-vocabulary", "11", "--target-vocabulary", "13", "--length", "2", "--steps", "1")
    #expect(text.output.contains("uniform") && text.output.contains("text"), "\(text.errors)")
    let wrong = try Command("benchmark", "--grids", "1x(5+0)", "--layers", "2")
    #expect(wrong.exitCode == 64)
  }

  @Test("the benchmarks of products and of the exchange print a table")
  func partBenchmarks() throws {
    let folder = TemporaryFolder()
    let json = folder.path + "/kernels.json"
    let kernels = try Command(
      "benchmark", "kernels", "--ranks", "2", "--hidden", "8", "--sentences", "3", "--length", "2",
      "--json", json)
    #expect(kernels.exitCode == 0, "\(kernels.errors)")
    #expect(kernels.output.contains("recurrent, forward"))
    // With OpenBLAS or, as most machines are, without it.
    let results = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: json)))
    for result in try #require(results as? [[String: Any]]) {
      #expect(result["openBLAS"] is NSNumber || result["openBLAS"] is NSNull)
    }
    let exchange = try Command("benchmark", "exchange", "--ranks", "3", "--sizes", "1,2")
    #expect(exchange.exitCode == 0, "\(exchange.errors)")
    #expect(exchange.output.contains("2 MB"))
    #expect(try Command("benchmark", "exchange", "--sizes", "0").exitCode == 64)
  }

  @Test("a timeline is a trace with a row for every rank")
  func timeline() throws {
    let project = ToyProject()
    let trace = project.folder.path + "/trace.json"
    let trained = try Command(
      "train", project.config, "--ranks", "4", "--timeline", trace, "--set", "model.layers=2",
      "--set", "parallel.layers=2", "--set", "parallel.softmax=2", "--set", "training.steps=3")
    #expect(trained.exitCode == 0, "\(trained.errors)")
    let events = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: trace)))
        as? [[String: Any]])
    let work = events.filter { $0["ph"] as? String == "X" }
    for rank in 0..<4 {
      let own = work.filter { $0["pid"] as? Int == rank }
      #expect(own.contains { $0["cat"] as? String == "computing" })
      #expect(own.contains { $0["cat"] as? String == "waiting" })
    }
  }

  @Test("a run starts from given weights, and needs no step to save them")
  func startFromWeights() throws {
    let project = ToyProject()
    #expect(try Command("train", project.config, "--set", "training.steps=20").exitCode == 0)
    let copied = try Command(
      "train", project.config, "--from", project.model, "--set", "training.output=copy",
      "--set", "training.steps=0")
    #expect(copied.exitCode == 0, "\(copied.errors)")
    let weights = try ["model", "copy"].map {
      try Data(
        contentsOf: URL(fileURLWithPath: project.folder.path + "/\($0)/model.safetensors"))
    }
    #expect(weights[0] == weights[1])
  }
}

/// Runs over several hosts: network namespaces that Open MPI takes for machines.
@Suite("A cluster", .serialized)
struct ClusterTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../Cluster/cluster.sh").standardized.path

  /// Whether this machine allows network namespaces, which the script finds out.
  private static let isPossible =
    (try? Command.shell("'\(script)' 1 1 -np 1 true").exitCode) == 0

  private func losses(_ project: ToyProject, _ name: String) throws -> [Double] {
    try #require(project.folder.read("\(name)/metrics.jsonl")).split(separator: "\n").compactMap {
      let object = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return object?["loss"] as? Double
    }
  }

  @Test(
    "two hosts compute what one does",
    .enabled(if: isPossible, "network namespaces are not allowed here"),
    arguments: [(1, "0"), (2, "0"), (1, "1"), (1, "sharded")])
  func twoHosts(layers: Int, softmax: String) throws {
    let project = ToyProject()
    let settings =
      "--set model.layers=2 --set parallel.layers=\(layers) --set parallel.softmax=\(softmax) "
      + "--set training.steps=30 --set training.logEverySteps=1"
    let train = "\"$0\" train '\(project.config)' \(settings)"
    let alone = try Command.shell("\(train) --ranks 4 --set training.output=alone")
    #expect(alone.exitCode == 0, "\(alone.errors)")
    let cluster = try Command.shell(
      "'\(Self.script)' 2 2 -np 4 \(train) --set training.output=cluster")
    #expect(cluster.exitCode == 0, "\(cluster.errors)")
    let pairs = zip(try losses(project, "alone"), try losses(project, "cluster")).map { $0 }
    #expect(pairs.count == 31)
    for (exact, found) in pairs { #expect(abs(found - exact) < 1e-4 * exact) }
  }
}
