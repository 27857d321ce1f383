import CMPI

/// A call into MPI that did not return `MPI_SUCCESS` (MPI 4.0, section 9.3).
public struct MPIError: Error, CustomStringConvertible, Equatable {
  /// The return code, as the MPI library gave it.
  public let code: Int32
  /// The MPI function that failed.
  public let operation: String
  /// What the MPI library says of the code.
  public let message: String

  init(code: Int32, operation: String) {
    self.code = code
    self.operation = operation
    var length: Int32 = 0
    message = withUnsafeTemporaryAllocation(
      of: CChar.self, capacity: Int(MPI_MAX_ERROR_STRING) + 1
    ) { text in
      text.initialize(repeating: 0)
      MPI_Error_string(code, text.baseAddress, &length)
      return String(cString: text.baseAddress!)
    }
  }

  /// One sentence: the function and the library's own words.
  public var description: String { "\(operation) failed: \(message)" }
}

/// The only place where MPI return codes are looked at.
func check(_ code: Int32, _ operation: StaticString) throws(MPIError) {
  if code != MPI_SUCCESS { throw MPIError(code: code, operation: "\(operation)") }
}
