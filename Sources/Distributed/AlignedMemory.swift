extension UnsafeMutablePointer where Pointee: MPIElement {
  /// New memory of `count` zeros that begins with a cache line. The caller must give it back with
  /// `deallocateAligned()`.
  static func alignedZeros(_ count: Int) -> UnsafeMutablePointer {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Pointee>.stride, alignment: 64
    ).bindMemory(to: Pointee.self, capacity: max(count, 1))
    memory.initialize(repeating: .zero, count: count)
    return memory
  }

  /// Gives back memory of `alignedZeros(_:)`.
  func deallocateAligned() { UnsafeMutableRawPointer(self).deallocate() }
}
