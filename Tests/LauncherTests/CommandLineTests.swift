import Seq2Seq
import TestSupport
import Testing

@testable import launcher

@Suite("Command line")
struct CommandLineTests {
  private let folder = TemporaryFolder()

  @Test("a hostfile's slots are counted where every host says them")
  func hostfile() throws {
    func slots(_ text: String) throws -> Int? {
      try Hostfile(folder.write(text, to: "hosts")).slots
    }
    #expect(try slots("# a cluster\nnode1 slots=4\nnode2 slots=2 max_slots=2 # two\n\n") == 6)
    #expect(try slots("node1 slots=4\nnode2\n") == nil)
    #expect(try slots("localhost\n") == Cores.onNode)
  }

  @Test("marks, comments and line ends of a hostfile do not reach mpirun")
  func hostfileOfOtherEditors() throws {
    let text = "\u{FEFF}node1 slots=+4#x\r\n# all\r\n\n\tuser@node2\tmax-slots=2\nfe80::1"
    let hostfile = try Hostfile(folder.write(text, to: "hosts"))
    #expect(
      hostfile.hosts == [
        .init(name: "node1", slots: 4), .init(name: "user@node2", slots: nil, mostSlots: 2),
        .init(name: "fe80::1", slots: nil),
      ])
    #expect(hostfile.text == "node1 slots=4\nuser@node2 max_slots=2\nfe80::1\n")
  }

  @Test(
    "a mistake in a hostfile is named with its line",
    arguments: [
      ("a\nb slots=0", "2: 'slots=0' must be a whole number from 1 to 65536"),
      (
        "a slots=9223372036854775807",
        "1: 'slots=9223372036854775807' must be a whole number from 1 to 65536"
      ),
      ("#\r\n\na max_slots=x", "3: 'max_slots=x' must be a whole number from 1 to 65536"),
      ("a slots=", "1: 'slots=' is not slots=N or max_slots=N"),
      ("a slot=4", "1: 'slot=4' is not slots=N or max_slots=N"),
      ("\u{FEFF}a 4", "1: '4' is not slots=N or max_slots=N"),
      ("a\n\nb,c slots=1", "3: 'b,c' is no name of a host"),
      ("a\u{FEFF}", "1: 'a\\u{FEFF}' is no name of a host"),
    ])
  func hostfileMistakes(text: String, sentence: String) throws {
    let path = folder.write(text, to: "hosts")
    let error = try #require(throws: InputError.self) { try Hostfile(path) }
    #expect(error.description == "\(path):\(sentence)")
    #expect(error.kind == .usage)
  }

  @Test(
    "a hostfile without a host is refused", arguments: ["", "\n", "# node1\r\n\n", "\u{FEFF}"])
  func hostfileWithoutHost(text: String) throws {
    let path = folder.write(text, to: "hosts")
    let error = try #require(throws: InputError.self) { try Hostfile(path) }
    #expect(error.description == "\(path) names no host")
    #expect(error.kind == .usage)
  }

  @Test("mpirun shares cores only where there are too few")
  func flags() throws {
    let many = MPIRun(ranks: 10_000, hosts: nil).flags(hostfile: nil)
    #expect(many.contains("--oversubscribe"))
    #expect(many.contains("none"))
    let one = MPIRun(ranks: Cores.onNode, hosts: nil).flags(hostfile: nil)
    #expect(!one.contains("--oversubscribe"))
    #expect(one.contains("core"))
    let hosts = folder.write("a slots=4\nb slots=4\n", to: "hosts")
    let cluster = try MPIRun(ranks: 8, hosts: Hostfile(hosts)).flags(hostfile: hosts)
    #expect(cluster.contains("--hostfile") && cluster.contains(hosts))
    #expect(!cluster.contains("--oversubscribe"))
  }

  @Test("what MPI says of a failed job is kept back, what ranks say is not")
  func jobErrors() {
    var errors = JobErrors()
    let rule = String(repeating: "-", count: 74)
    #expect(errors.take("[vm:123] Read -1, expected 65536, errno = 3") == nil)
    #expect(errors.take(rule) == nil)
    #expect(
      errors.take(
        "mpirun noticed that process rank 4 with PID 0 on node vm exited on signal 9 (Killed).")
        == nil)
    #expect(errors.take(rule) == nil)
    #expect(errors.death == .init(rank: 4, signal: 9))
    #expect(!errors.hasMessage)
    #expect(errors.take("launcher: rank 1: broken") == "launcher: rank 1: broken")
    #expect(errors.hasMessage)
    #expect(errors.remarks.count == 2)
  }

  @Test("a warning explains no failure")
  func jobWarnings() {
    var errors = JobErrors()
    let warning = "launcher: warning: 3 words are not in the vocabulary"
    #expect(errors.take(warning) == warning)
    #expect(errors.take("some library's own words") != nil)
    #expect(!errors.hasMessage)
    #expect(errors.take("launcher: rank 1: warning: broken") != nil)
    #expect(errors.hasMessage)
  }

  @Test("numbers are written for people")
  func formatting() {
    #expect(grouped(1_234_567) == "1,234,567")
    #expect(grouped(-999) == "-999")
    #expect(clock(59) == "0:59")
    #expect(clock(3_723) == "1:02:03")
    #expect("ab".padded(to: 4) == "ab  ")
  }
}
