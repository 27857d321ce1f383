// The cells of a plain recurrent network (Elman 1990) with tanh, as PyTorch's RNN has it by default.
//
//   h' = tanh(W_ih x + W_hh h + b)

/// `count` cells from number `k` on.
INLINE void JOIN(NAME, rnn_forward_cells)(
    const long count, long size, long k, const forward_step *step) {
  (void)size;
  const VECTOR h = JOIN(NAME, hyperbolic_tangent)(
      LOAD(step->gates + k) + LOAD(step->bias + k));
  JOIN(NAME, store)(h, step->gates + k, count);
  JOIN(NAME, store)(h, step->hidden + k, count);
  JOIN(NAME, store)(h, step->hidden_copy + k, count);
}

INLINE void JOIN(NAME, rnn_backward_cells)(
    const long count, long size, long k, const backward_step *step) {
  (void)size;
  const VECTOR h = LOAD(step->gates + k);
  const VECTOR dh = JOIN(NAME, hidden_gradient)(count, k, step);
  JOIN(NAME, store)(dh * (1.0f - h * h), step->gates + k, count);
}

CELLS(rnn)
