// The innermost loops of products, cells and exponentials, for each kind of vector registers.
//
// In C because a function of C can be compiled for a processor of its own: one program has the loops for
// every kind of registers, and takes the widest that the processor at hand has. Swift compiles a whole
// module for one processor.
#ifndef CKERNELS_KERNELS_H
#define CKERNELS_KERNELS_H

/// The loops for one kind of registers.
typedef struct {
  /// Columns of a panel.
  long width;

  /// Lays out a block, `[rows, inner]`, that is read from its transpose, `transposed`, `[inner, rows]`,
  /// in the order in which `multiply` reads it: `packed` receives `rows * inner` numbers.
  void (*pack)(long rows, long inner, const float *transposed, long transposed_stride, float *packed);

  /// Multiplies a block, `[rows, inner]`, by a panel, `[inner, width]` without gaps, of which
  /// `columns` columns count: `result` is assigned, or added to if `accumulate` is not 0.
  ///
  /// Rows of `block` are `block_stride` numbers apart; 0 says that it is packed. Rows of `result` are
  /// `result_stride` apart. The panel at `next` comes into the second-level cache meanwhile.
  void (*multiply)(
      long rows, long inner, long columns, const float *block, long block_stride,
      const float *panel, float *result, long result_stride, int accumulate, const float *next);

  /// The cells of one sequence at one step: from `a` of the four gates without their bias, `[4, size]`
  /// in the order i, f, g, o, to the activated gates, c', tanh(c') and, twice, h'. `cell` may be
  /// `cell_before`.
  void (*lstm_forward)(
      long size, float *gates, const float *bias, const float *cell_before, float *cell,
      float *tanh_cell, float *hidden, float *hidden_copy);

  /// Back: from the activated gates to the gradients of `a`, and from that of c' to that of c. The
  /// gradient of h' is the sum of `hidden_gradient` and, unless it is null, `output_gradient`.
  void (*lstm_backward)(
      long size, float *gates, const float *cell_before, const float *tanh_cell,
      const float *hidden_gradient, const float *output_gradient, float *cell_gradient);

  /// The largest of some logits, each with its bias unless `bias` is null, and the sum of the
  /// exponentials of all less the largest, which go to `results` (perhaps `logits`) unless that is null.
  void (*exponentials)(
      long count, const float *logits, const float *bias, float *results, float *largest,
      float *sum);
} kernel;

/// The kernels that this processor can run, fastest first: number `index`, or null after the last.
const kernel *kernel_at(long index);

#endif
