import Foundation

/// Memory for float32 numbers, cache-line aligned: the only place of this module that allocates it.
final class FloatStorage {
  private(set) var base: UnsafeMutablePointer<Float>
  private(set) var count: Int
  private var owner: AnyObject?
  #if DEBUG
    private var lease: Lease? = Lease()
  #else
    private var lease: Lease? { nil }
  #endif

  /// Memory of `count` zeros.
  init(count: Int = 0) {
    self.count = count
    base = Self.allocate(count)
  }

  /// The numbers of memory that `owner` keeps.
  init(borrowing memory: UnsafeMutableBufferPointer<Float>, from owner: AnyObject) {
    self.owner = owner
    count = memory.count
    base = memory.baseAddress ?? Self.allocate(0)
  }

  deinit {
    endLease()
    if owner == nil { free(base) }
  }

  /// The first `rows × columns` numbers as a matrix; grows, without keeping what was there, when
  /// they are not enough. What it holds at first is undefined.
  func matrix(rows: Int, columns: Int) -> Matrix {
    if rows * columns > count {
      precondition(owner == nil, "borrowed memory does not grow")
      endLease()
      free(base)
      // A quarter more than asked for, so that batches of slowly growing shapes soon stop allocating.
      count = rows * columns + rows * columns / 4
      base = Self.allocate(count)
    }
    return Matrix(base, rows: rows, columns: columns, lease: lease)
  }

  /// Numbers from `first` on as a matrix.
  func matrix(from first: Int, rows: Int, columns: Int) -> Matrix {
    assert(first >= 0 && first + rows * columns <= count, "more numbers than there are")
    return Matrix(base + first, rows: rows, columns: columns, lease: lease)
  }

  /// Views of the memory as it is now must not be used any more.
  private func endLease() {
    #if DEBUG
      lease?.end()
      lease = Lease()
    #endif
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, bytes) == 0, let memory else {
      endForLackOfMemory(bytes: bytes)
    }
    let numbers = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    numbers.initialize(repeating: 0, count: count)
    return numbers
  }
}
