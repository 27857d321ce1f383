import TestSupport
import Testing

@Suite("launcher evaluate, without a model")
struct EvaluateTests {
  private let folder = TemporaryFolder()

  @Test("a file of translations is evaluated with each tokenizer, and the signature says which")
  func hypotheses() throws {
    let hypotheses = folder.write("the cat sat on &quot;a&quot; mat.\n", to: "h")
    let target = folder.write("the cat sat on \"a\" mat .\n", to: "t")
    for (tokenizer, bleu) in [("13a", "100.00"), ("none", "43.01"), ("char", "45.24")] {
      let result = try Command(
        "evaluate", "--hypotheses", hypotheses, "--target", target, "--tokenize", tokenizer)
      #expect(result.exitCode == 0)
      #expect(result.errors == "")
      #expect(
        result.output == """
          sentences   1
          exact       0.00 %
          BLEU        \(bleu)
          signature   nrefs:1|case:mixed|eff:no|tok:\(tokenizer)|smooth:exp|version:2.6.0

          """)
    }
  }

  @Test("pieces of words are warned of on standard error, and put together where asked for")
  func subwords() throws {
    let target = folder.write("▁the ▁ca t ▁s at ▁here\n", to: "t")
    let hypotheses = folder.write("▁the ▁c at ▁sat ▁here\n", to: "h")
    let arguments = ["evaluate", "--hypotheses", hypotheses, "--target", target]
    let pieces = try Command.shell("\"$0\" \(arguments.joined(separator: " "))")
    #expect(pieces.exitCode == 0)
    #expect(
      pieces.errors.hasPrefix("launcher: warning: 4 of the 6 symbols of \(target) begin with ▁"))
    #expect(pieces.errors.split(separator: "\n").count == 1)
    let words = try Command.shell(
      "\"$0\" \(arguments.joined(separator: " ")) --subwords sentencepiece")
    #expect(words.errors == "")
    #expect(words.output.contains("BLEU        100.00\n"))
  }

  @Test("exact are the translations that are the reference, byte by byte")
  func exact() throws {
    // The last one only looks like its reference: a letter with its accent, and in two pieces.
    let hypotheses = folder.write("a b\nc\n\na  b\n\u{E9}\n", to: "h")
    let target = folder.write("a b\nd\n\na b\ne\u{301}\n", to: "t")
    let result = try Command("evaluate", "--hypotheses", hypotheses, "--target", target)
    #expect(result.output.contains("\nexact       40.00 %\n"), "\(result.output)")
    let pieces = try Command(
      "evaluate", "--hypotheses", folder.write("▁c at\n", to: "h"), "--target",
      folder.write("▁ca t\n", to: "t"), "--subwords", "sentencepiece")
    #expect(pieces.output.contains("\nexact       100.00 %\n"), "\(pieces.output)")
  }

  @Test(
    "options that do not go together are refused, each with its reason",
    arguments: [
      ("--target t", "name a model folder, or a file of translations by --hypotheses"),
      ("m --hypotheses h --target t", "--hypotheses takes no model; leave out 'm'"),
      ("--hypotheses h --source s --target t", "--hypotheses takes no --source"),
      ("--hypotheses h --beam 2 --target t", "--hypotheses takes no --beam"),
      ("--hypotheses h", "--target"), ("--hypotheses h --target t --tokenize intl", "--tokenize"),
      ("m --source s --target t --beam 0", "--beam must be from 1 to 1000"),
    ])
  func combinations(arguments: String, message: String) throws {
    let result = try Command.shell("\"$0\" evaluate \(arguments)")
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test("a missing file and unequal line counts are mistakes of the data")
  func files() throws {
    let target = folder.write("a\nb\n", to: "t")
    let missing = try Command(
      "evaluate", "--hypotheses", folder.path + "/none", "--target", target)
    #expect(missing.exitCode == 65)
    #expect(missing.errors.contains("/none: No such file"))
    let short = try Command(
      "evaluate", "--hypotheses", folder.write("a\n", to: "h"), "--target", target)
    #expect(short.exitCode == 65)
    #expect(short.errors.contains("/h ends after line 1, but"))
    #expect(short.output == "")
  }
}
