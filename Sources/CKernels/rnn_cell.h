// The cells of a plain recurrent network (Elman 1990) with tanh, as PyTorch's RNN has it by default.
//
//   h' = tanh(W_ih x + W_hh h + b)

/// `count` cells from number `k` on.
INLINE void JOIN(NAME, rnn_forward_cells)(
    const long count, long size, long k, const forward_step *step) {
  (void)size;
  const VECTOR h = JOIN(NAME, hyperbolic_tangent)(
      JOIN(NAME, load)(step->gates + k, count, 0) + JOIN(NAME, load)(step->bias + k, count, 0));
  JOIN(NAME, store)(h, step->gates + k, count);
  JOIN(NAME, store)(h, step->hidden + k, count);
  JOIN(NAME, store)(h, step->hidden_copy + k, count);
}

TARGET static void JOIN(NAME, rnn_forward)(long size, const forward_step *step) {
  FOR_ALL_CELLS(JOIN(NAME, rnn_forward_cells), size, step);
}

INLINE void JOIN(NAME, rnn_backward_cells)(
    const long count, long size, long k, const backward_step *step) {
  (void)size;
  const VECTOR h = JOIN(NAME, load)(step->gates + k, count, 0);
  VECTOR dh = JOIN(NAME, load)(step->hidden_gradient + k, count, 0);
  if (step->output_gradient) dh += JOIN(NAME, load)(step->output_gradient + k, count, 0);
  JOIN(NAME, store)(dh * (1.0f - h * h), step->gates + k, count);
}

TARGET static void JOIN(NAME, rnn_backward)(long size, const backward_step *step) {
  FOR_ALL_CELLS(JOIN(NAME, rnn_backward_cells), size, step);
}
