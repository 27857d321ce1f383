// The innermost loop of matrix products, for each kind of vector registers.
//
// In C because a function of C can be compiled for a processor of its own: one program has the loop for
// every kind of registers, and takes the widest that the processor at hand has. Swift compiles a whole
// module for one processor.
#ifndef CKERNELS_KERNELS_H
#define CKERNELS_KERNELS_H

/// The loop for one kind of registers.
typedef struct {
  /// Columns of a panel.
  long width;

  /// Lays out a block, `[rows, inner]`, that is read over the diagonal of `turned`, `[inner, rows]`,
  /// in the order in which `multiply` reads it: `packed` receives `rows * inner` numbers.
  void (*pack)(long rows, long inner, const float *turned, long turned_stride, float *packed);

  /// Multiplies a block, `[rows, inner]`, by a panel, `[inner, width]` without gaps, of which
  /// `columns` columns count: `result` is assigned, or added to if `accumulate` is not 0.
  ///
  /// Rows of `block` are `block_stride` numbers apart; 0 says that it is packed. Rows of `result` are
  /// `result_stride` apart. The panel at `next` comes into the second-level cache meanwhile.
  void (*multiply)(
      long rows, long inner, long columns, const float *block, long block_stride,
      const float *panel, float *result, long result_stride, int accumulate, const float *next);
} kernel;

/// The kernels that this processor can run, fastest first: number `index`, or null after the last.
const kernel *kernel_at(long index);

#endif
