import TestSupport
import Testing

@Suite("launcher evaluate, without a model")
struct EvaluateTests {
  private let folder = TemporaryFolder()

  @Test("a file of translations is evaluated with each tokenizer, and the signature says which")
  func hypotheses() throws {
    let hypotheses = folder.write("the cat sat on &quot;a&quot; mat.\n", to: "h")
    let target = folder.write("the cat sat on \"a\" mat .\n", to: "t")
    for (tokenizer, bleu) in [
      ("13a", "100.00"), ("none", "43.01"), ("char", "45.24"), ("intl", "23.90"),
    ] {
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
      ("--hypotheses h", "--target"), ("--hypotheses h --target t --tokenize zh", "--tokenize"),
      ("--hypotheses h --target t --metric ter", "--metric"),
      ("--hypotheses h --target t --metric chrf --tokenize 13a", "--tokenize is of BLEU"),
      ("--hypotheses h --target t --samples 50", "need --confidence or --compare"),
      ("--hypotheses h --target t --confidence --samples 39", "--samples must be from 40"),
      ("--hypotheses h --target t --confidence --seed=-1", "--seed"),
      ("--hypotheses h --target t --groups 3", "--groups needs --by"),
      ("--hypotheses h --target t --by length --groups 1", "--groups must be from 2 to 100"),
      ("--hypotheses h --target t --by length --vocabulary v", "--vocabulary needs --by frequency"),
      ("m --source s --target t --by frequency --vocabulary v", "--vocabulary is for --hypotheses"),
      ("--hypotheses h --target t --chart c", "--chart needs --by, whose groups it draws"),
      ("--hypotheses h --target t --by length --by frequency --chart c", "1 --chart and 2 --by"),
      ("m --source s --target t --beam 0", "--beam must be from 1 to 1000"),
    ])
  func combinations(arguments: String, message: String) throws {
    let result = try Command.shell("\"$0\" evaluate \(arguments)")
    #expect(result.exitCode == 64)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test("several references, metrics and translations each have their lines")
  func several() throws {
    let hypotheses = folder.write("the cat sat on a mat today, yes\nno\n", to: "h")
    let compared = folder.write("the cat sat here\nyes\n", to: "c")
    let targets = [
      folder.write("the cat sat on the mat\nno\n", to: "t"),
      folder.write("a cat sat on a mat\nyes\n", to: "u"),
    ]
    let result = try Command(
      "evaluate", "--hypotheses", hypotheses, "--target", targets[0], "--target", targets[1],
      "--metric", "bleu", "--metric", "chrf", "--metric", "chrf++")
    #expect(result.exitCode == 0)
    // What sacreBLEU prints.
    #expect(
      result.output == """
        sentences   2
        exact       50.00 %
        BLEU        59.46
        signature   nrefs:2|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0
        chrF2       76.15
        signature   nrefs:2|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0
        chrF2++     76.18
        signature   nrefs:2|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0

        """)
    let paired = try Command(
      "evaluate", "--hypotheses", hypotheses, "--compare", compared, "--target", targets[0],
      "--samples", "100", "--seed", "7")
    #expect(paired.exitCode == 0)
    #expect(
      paired.output == """
        sentences   2
        exact       50.00 %
        BLEU        32.17   μ = 23.02 ± 16.09
        signature   nrefs:1|bs:100|seed:7|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0
        compared    \(compared)
        exact       0.00 %
        BLEU        37.69   μ = 25.45 ± 18.85   p = 0.0099

        """)
  }

  @Test("sentences are scored in groups, as a table and as charts")
  func groups() throws {
    let hypotheses = folder.write("a b c d\nx\n", to: "h")
    let target = folder.write("a b c d\ny\n", to: "t")
    let result = try Command(
      "evaluate", "--hypotheses", hypotheses, "--target", target, "--source", target, "--by",
      "length", "--by", "frequency", "--chart", folder.path + "/l.svg", "--chart",
      folder.path + "/f.svg")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(
      result.output.hasSuffix(
        """

        by length of the source, in words
        words         sentences   BLEU
        1             1           0.00
        4             1           100.00

        by mean frequency rank of the source's words
        mean rank     sentences   BLEU
        2             1           100.00
        5             1           0.00

        """), "\(result.output)")
    let charts = try ["l.svg", "f.svg"].map { try #require(folder.read($0)) }
    #expect(charts[0].contains("BLEU by length of the source, in words"))
    #expect(charts[1].contains("BLEU by mean frequency rank"))
    #expect(charts.allSatisfy { $0.hasPrefix("<svg ") && $0.hasSuffix("</svg>\n") })
  }

  @Test("text that comes tokenised is warned of, where a tokenizer of text is used")
  func tokenised() throws {
    let line = String(repeating: "a cat .\n", count: 100)
    let text = folder.write(line + "a cat.\n", to: "h")
    let arguments = ["evaluate", "--hypotheses", text, "--target", text]
    let warned = try Command(arguments)
    #expect(
      warned.errors.hasPrefix("launcher: warning: 100 of the 101 lines of \(text) end in ' .'"))
    for others in [["--tokenize", "none"], ["--metric", "chrf"]] {
      #expect(try Command(arguments + others).errors == "")
    }
    let fewer = folder.write(String(line.dropFirst(8)), to: "t")
    #expect(try Command("evaluate", "--hypotheses", fewer, "--target", fewer).errors == "")
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
    // Any of the files may be the one; an empty line is a line.
    let long = folder.write("a\n\nc\n", to: "long")
    for option in ["--target", "--compare", "--source"] {
      let result = try Command(
        "evaluate", "--hypotheses", target, "--target", target, option, long, "--by", "length")
      #expect(result.exitCode == 65 && result.output == "")
      #expect(result.errors.contains("/t ends after line 2, but"), "\(result.errors)")
      let none = try Command(
        "evaluate", "--hypotheses", target, "--target", target, option, folder.path + "/none",
        "--by", "length")
      #expect(none.exitCode == 65 && none.output == "")
      #expect(none.errors.contains("/none: No such file"), "\(none.errors)")
    }
    let empty = folder.write("", to: "empty")
    let nothing = try Command("evaluate", "--hypotheses", empty, "--target", empty)
    #expect(nothing.exitCode == 65 && nothing.errors.contains("/empty is empty"))
  }
}
