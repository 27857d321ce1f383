// What layers do number by number, for one kind of vector registers: exponentials, and what the cells of
// recurrent layers are made of.
//
// The polynomials are those of Cephes' single-precision functions (S. L. Moshier, "Methods and Programs
// for Mathematical Functions", 1989); results are right to a few units in the last place.

#define INTEGERS JOIN(NAME, integers)
#define INLINE TARGET __attribute__((always_inline)) static inline

typedef int INTEGERS __attribute__((ext_vector_type(LANES), aligned(4)));

/// Reads `count` numbers; those beside them are `filler`.
INLINE VECTOR JOIN(NAME, load)(const float *numbers, long count, float filler) {
  if (count >= LANES) return *(const VECTOR *)numbers;
  VECTOR vector = filler;
  __builtin_memcpy(&vector, numbers, count * sizeof(float));
  return vector;
}

/// Writes the first `count` numbers.
INLINE void JOIN(NAME, store)(VECTOR vector, float *numbers, long count) {
  if (count >= LANES) {
    *(VECTOR *)numbers = vector;
  } else {
    __builtin_memcpy(numbers, &vector, count * sizeof(float));
  }
}

/// e^x; below -87 it is about 10^-38, above 88 about 10^38.
INLINE VECTOR JOIN(NAME, exponential)(VECTOR x) {
  // NaN has to survive: a comparison with it is false, so it stays as it is.
  x = x > 88.3762626647949f ? (VECTOR)88.3762626647949f : x;
  x = x < -87.3365478515625f ? (VECTOR)-87.3365478515625f : x;
  // Adding 1.5 * 2^23 rounds to an integer and leaves that integer in the low bits of the sum.
  const VECTOR shifted = x * 1.44269504088896341f + 12582912.0f;
  const VECTOR multiple = shifted - 12582912.0f;
  const VECTOR r = (x - multiple * 0.693359375f) - multiple * -2.12194440e-4f;
  VECTOR p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const VECTOR e = p * (r * r) + r + 1.0f;
  return (VECTOR)((INTEGERS)e + ((INTEGERS)shifted << 23));
}

INLINE VECTOR JOIN(NAME, sigmoid)(VECTOR x) {
  return 1.0f / (1.0f + JOIN(NAME, exponential)(-x));
}

INLINE VECTOR JOIN(NAME, hyperbolic_tangent)(VECTOR x) {
  const VECTOR outer = 1.0f - 2.0f / (JOIN(NAME, exponential)(x + x) + 1.0f);
  // Near zero the subtraction above would lose digits; a polynomial in x^2 keeps them.
  const VECTOR square = x * x;
  VECTOR p = square * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  return square < 0.390625f ? x + x * square * p : outer;
}

/// Calls `cells` for all numbers of a state: for whole vectors with a constant count, so that the compiler
/// makes plain loads of them, and once for what is left. The copy of `step` is one that no store can
/// change.
#define FOR_ALL_CELLS(cells, size, step)                                                           \
  do {                                                                                             \
    const __typeof__(*(step)) own = *(step);                                                       \
    long k = 0;                                                                                    \
    for (; k + LANES <= (size); k += LANES) cells(LANES, (size), k, &own);                         \
    if (k < (size)) cells((size) - k, (size), k, &own);                                            \
  } while (0)

/// Makes the loops of a cell from what it computes of `count` numbers from number `k` on.
#define CELLS(cell)                                                                                \
  TARGET static void JOIN(NAME, cell##_forward)(long size, const forward_step *step) {             \
    FOR_ALL_CELLS(JOIN(NAME, cell##_forward_cells), size, step);                                   \
  }                                                                                                \
  TARGET static void JOIN(NAME, cell##_backward)(long size, const backward_step *step) {           \
    FOR_ALL_CELLS(JOIN(NAME, cell##_backward_cells), size, step);                                  \
  }

/// Within such a function: the `count` numbers at an address.
#define LOAD(numbers) JOIN(NAME, load)(numbers, count, 0)

/// The gradient of h': what comes from the next step, and what comes from above.
INLINE VECTOR JOIN(NAME, hidden_gradient)(const long count, long k, const backward_step *step) {
  const VECTOR next = LOAD(step->hidden_gradient + k);
  return step->output_gradient ? next + LOAD(step->output_gradient + k) : next;
}

/// Some logits, each with its bias if there is one; beside them nothing that counts.
INLINE VECTOR JOIN(NAME, biased)(const float *logits, const float *bias, long k, long count) {
  const VECTOR own = JOIN(NAME, load)(logits + k, count - k, -__builtin_inff());
  return bias ? own + JOIN(NAME, load)(bias + k, count - k, 0) : own;
}

TARGET static void JOIN(NAME, exponentials)(
    long count, const float *logits, const float *bias, float *results, float *largest,
    float *sum) {
  VECTOR most = -__builtin_inff(), total = 0.0f;
  for (long k = 0; k < count; k += LANES) {
    const VECTOR x = JOIN(NAME, biased)(logits, bias, k, count);
    most = x > most ? x : most;
  }
  float top = most[0];
  for (int lane = 1; lane < LANES; lane++) top = most[lane] > top ? most[lane] : top;
  for (long k = 0; k < count; k += LANES) {
    VECTOR e = JOIN(NAME, exponential)(JOIN(NAME, biased)(logits, bias, k, count) - top);
    if (results) JOIN(NAME, store)(e, results + k, count - k);
    for (long lane = count - k; lane < LANES; lane++) e[lane] = 0;
    total += e;
  }
  float all = total[0];
  for (int lane = 1; lane < LANES; lane++) all += total[lane];
  *largest = top;
  *sum = all;
}

TARGET static long JOIN(NAME, first_above)(
    long from, long count, const float *values, float threshold) {
  long k = from;
  // Four vectors at a time, of which hardly any has such a number.
  for (; k + 4 * LANES <= count; k += 4 * LANES) {
    const VECTOR *own = (const VECTOR *)(values + k);
    const VECTOR first = own[0] > own[1] ? own[0] : own[1];
    const VECTOR second = own[2] > own[3] ? own[2] : own[3];
    const VECTOR largest = first > second ? first : second;
    if (__builtin_reduce_or(largest > threshold)) break;
  }
  while (k < count && !(values[k] > threshold)) k++;
  return k;
}

/// ln x; of what is less than the least normal number, that number's.
INLINE VECTOR JOIN(NAME, logarithm)(VECTOR x) {
  x = x < 1.17549435e-38f ? (VECTOR)1.17549435e-38f : x;
  // x = m 2^e with m from sqrt(1/2) to sqrt(2).
  INTEGERS bits = (INTEGERS)x;
  INTEGERS exponent = ((bits >> 23) & 255) - 126;
  VECTOR m = (VECTOR)((bits & 0x007fffff) | 0x3f000000);
  const INTEGERS isLow = m < 0.707106781186547524f;
  exponent += isLow;
  m = isLow ? m + m - 1.0f : m - 1.0f;
  const VECTOR e = __builtin_convertvector(exponent, VECTOR);
  const VECTOR square = m * m;
  VECTOR p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const VECTOR result =
      m + (m * square * p + e * -2.12194440e-4f - 0.5f * square) + e * 0.693359375f;
  // NaN has to survive here too.
  return x < __builtin_inff() ? result : x;
}

TARGET static void JOIN(NAME, logarithms)(long count, float *values) {
  for (long k = 0; k < count; k += LANES) {
    const VECTOR own = JOIN(NAME, load)(values + k, count - k, 1.0f);
    JOIN(NAME, store)(JOIN(NAME, logarithm)(own), values + k, count - k);
  }
}
