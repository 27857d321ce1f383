import Foundation
import Synchronization

/// Threads that one matrix product, or one search, of this process may use.
public enum MatrixThreads {
  /// The environment's variables that say how many; the first one that does is right.
  ///
  /// Both names are those of other libraries, which people and schedulers know and set.
  public static let variables = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"]

  /// What the environment of this process says, if it says a number.
  public static var requested: Int? { requested(in: ProcessInfo.processInfo.environment) }

  /// What an environment says.
  static func requested(in environment: [String: String]) -> Int? {
    // OpenMP knows lists, a number for each level of nesting: ours is the outermost.
    variables.lazy.compactMap { environment[$0]?.prefix { $0 != "," } }
      .compactMap { Int($0.trimmingPrefix(while: \.isWhitespace)) }.first { $0 > 0 }
  }

  /// At first what the environment says, or one for each core that this process may use.
  private static let number = Atomic(requested ?? ProcessInfo.processInfo.activeProcessorCount)

  /// Sets the number of threads; one is right wherever every core has a process.
  public static func set(_ count: Int) { number.store(max(1, count), ordering: .relaxed) }

  /// How many there are.
  static var count: Int { number.load(ordering: .relaxed) }
}
