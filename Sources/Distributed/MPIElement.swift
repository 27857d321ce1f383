import CMPI

/// A number that MPI can carry: it knows its MPI datatype (MPI 4.0, section 3.2.2).
public protocol MPIElement: BitwiseCopyable, Sendable, AdditiveArithmetic {
  /// The predefined datatype of this number.
  static var datatype: MPI_Datatype { get }
}

extension Float: MPIElement {
  /// `MPI_FLOAT`.
  public static var datatype: MPI_Datatype { cmpi_float() }
}

extension Double: MPIElement {
  /// `MPI_DOUBLE`.
  public static var datatype: MPI_Datatype { cmpi_double() }
}

extension Int32: MPIElement {
  /// `MPI_INT32_T`.
  public static var datatype: MPI_Datatype { cmpi_int32() }
}

extension Int: MPIElement {
  /// `MPI_INT64_T`.
  public static var datatype: MPI_Datatype { cmpi_int64() }
}

extension UInt8: MPIElement {
  /// `MPI_UINT8_T`.
  public static var datatype: MPI_Datatype { cmpi_uint8() }
}

/// How a reduction joins the numbers of the ranks (MPI 4.0, section 6.9.2).
public enum ReduceOperation: Sendable {
  case sum, maximum, minimum

  var handle: MPI_Op {
    switch self {
    case .sum: cmpi_sum()
    case .maximum: cmpi_max()
    case .minimum: cmpi_min()
    }
  }
}
