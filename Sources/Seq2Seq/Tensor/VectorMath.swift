// Exponential, sigmoid and tanh over eight numbers at a time, within a few units in the last place
// (tested against Double). The polynomials are those of Cephes' single-precision functions
// (S. L. Moshier, "Methods and Programs for Mathematical Functions", 1989).

/// Eight float32 numbers: one AVX register.
typealias Vector = SIMD8<Float>

/// eˣ; below −87 it is about 10⁻³⁸, above 88 about 10³⁸.
@inline(__always)
func exponential(_ x: Vector) -> Vector {
  // NaN has to survive the clamp: a comparison with it is false, so it stays as it is.
  var x = x.replacing(with: Vector(repeating: 88.3762626647949), where: x .> 88.3762626647949)
  x = x.replacing(with: Vector(repeating: -87.3365478515625), where: x .< -87.3365478515625)
  // Adding 1.5·2²³ rounds to an integer and leaves that integer in the low bits of the sum.
  let shifted = x * 1.44269504088896341 + 12582912
  let multiple = shifted - 12582912
  let r = (x - multiple * 0.693359375) - multiple * -2.12194440e-4
  var p = r * 1.9875691500e-4 + 1.3981999507e-3
  p = p * r + 8.3334519073e-3
  p = p * r + 4.1665795894e-2
  p = p * r + 1.6666665459e-1
  p = p * r + 5.0000001201e-1
  let e = p * (r * r) + r + 1
  let exponent = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &<< 23
  return unsafeBitCast(unsafeBitCast(e, to: SIMD8<Int32>.self) &+ exponent, to: Vector.self)
}

/// 1 / (1 + e⁻ˣ).
@inline(__always)
func sigmoid(_ x: Vector) -> Vector { 1 / (1 + exponential(-x)) }

/// The hyperbolic tangent.
@inline(__always)
func hyperbolicTangent(_ x: Vector) -> Vector {
  let outer = 1 - 2 / (exponential(x + x) + 1)
  // Near zero the subtraction above would lose digits; a polynomial in x² keeps them.
  let square = x * x
  var p = square * -5.70498872745e-3 + 2.06390887954e-2
  p = p * square - 5.37397155531e-2
  p = p * square + 1.33314422036e-1
  p = p * square - 3.33332819422e-1
  let inner = x + x * square * p
  return outer.replacing(with: inner, where: square .< 0.390625)
}

/// Reads eight numbers from any address.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

/// Reads eight numbers from any address.
@inline(__always)
func load(_ pointer: UnsafeMutablePointer<Float>) -> Vector {
  UnsafeRawPointer(pointer).loadUnaligned(as: Vector.self)
}

/// Writes eight numbers to any address.
@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: vector, as: Vector.self)
}

/// Reads `count < 8` numbers; the other lanes are `filler`.
@inline(__always)
func load(_ pointer: UnsafePointer<Float>, count: Int, filler: Float = 0) -> Vector {
  var vector = Vector(repeating: filler)
  for lane in 0..<count { vector[lane] = pointer[lane] }
  return vector
}

/// Writes the first `count < 8` lanes.
@inline(__always)
func store(_ vector: Vector, _ pointer: UnsafeMutablePointer<Float>, count: Int) {
  for lane in 0..<count { pointer[lane] = vector[lane] }
}
