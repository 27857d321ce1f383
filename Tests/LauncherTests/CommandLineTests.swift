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

  @Test("mpirun shares cores only where there are too few")
  func flags() throws {
    let many = MPIRun(ranks: 10_000, hosts: nil).flags()
    #expect(many.contains("--oversubscribe"))
    #expect(many.contains("none"))
    let one = MPIRun(ranks: Cores.onNode, hosts: nil).flags()
    #expect(!one.contains("--oversubscribe"))
    #expect(one.contains("core"))
    let hosts = folder.write("a slots=4\nb slots=4\n", to: "hosts")
    let cluster = try MPIRun(ranks: 8, hosts: Hostfile(hosts)).flags()
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

  @Test("numbers are written for people")
  func formatting() {
    #expect(grouped(1_234_567) == "1,234,567")
    #expect(grouped(-999) == "-999")
    #expect(clock(59) == "0:59")
    #expect(clock(3_723) == "1:02:03")
    #expect("ab".padded(to: 4) == "ab  ")
  }
}
