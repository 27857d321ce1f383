// The innermost loops of products, cells and exponentials, for each kind of vector registers.
//
// In C because a function of C can be compiled for a processor of its own: one program has the loops for
// every kind of registers, and takes the widest that the processor at hand has. Swift compiles a whole
// module for one processor.
#ifndef CKERNELS_KERNELS_H
#define CKERNELS_KERNELS_H

/// One sequence at one step of a layer with `size` numbers in its state h, on the way forward. What a cell
/// does not have is not looked at.
typedef struct {
  /// `[gates, size]`: W_ih x, and W_hh h too unless `recurrent` has it, on entry; the activated gates on
  /// return.
  float *gates;
  /// `[gates, size]`: W_hh h, where a cell keeps it apart from W_ih x; on return what the way back needs.
  float *recurrent;
  /// `[gates, size]`, added to `gates`, and to `recurrent` where a cell has it.
  const float *bias, *recurrent_bias;
  /// `[size]`: h and c of the step before.
  const float *hidden_before, *cell_before;
  /// `[size]`, receives c'; may be `cell_before`.
  float *cell;
  /// `[size]`, receives tanh(c'), which the way back needs.
  float *tanh_cell;
  /// `[size]`, receive h'; they may be `hidden_before`.
  float *hidden, *hidden_copy;
} forward_step;

/// The same step on the way back.
typedef struct {
  /// `[gates, size]`: the activated gates on entry, the gradient of W_ih x on return.
  float *gates;
  /// `[gates, size]`: what the way forward left, and the gradient of W_hh h on return.
  float *recurrent;
  /// `[size]`, as on the way forward.
  const float *hidden_before, *cell_before, *tanh_cell;
  /// `[size]`. On entry: the gradient of h' that comes from the next step. On return, where a cell passes
  /// h on to h': the gradient of h less what comes through W_hh.
  float *hidden_gradient;
  /// `[size]`: the gradient of h' that comes from above, or null for none.
  const float *output_gradient;
  /// `[size]`: the gradient of c' on entry, that of c on return.
  float *cell_gradient;
} backward_step;

/// What a cell computes at a step, forward and back.
typedef struct {
  void (*forward)(long size, const forward_step *step);
  void (*backward)(long size, const backward_step *step);
} cell_kernel;

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

  /// The largest of some logits, each with its bias unless `bias` is null, and the sum of the
  /// exponentials of all less the largest, which go to `results` (perhaps `logits`) unless that is null.
  void (*exponentials)(
      long count, const float *logits, const float *bias, float *results, float *largest,
      float *sum);

  /// Where the first of `count` values that is above a threshold stands, from `from` on; `count` if none is.
  long (*first_above)(long from, long count, const float *values, float threshold);

  /// Replaces values, which are not negative, by their natural logarithms; what is less than the least
  /// normal number counts as that.
  void (*logarithms)(long count, float *values);

  /// The cells of recurrent layers.
  cell_kernel gru, lstm, rnn;
} kernel;

/// The kernels that this processor can run, fastest first: number `index`, or null after the last.
const kernel *kernel_at(long index);

#endif
