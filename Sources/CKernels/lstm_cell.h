// The cells of an LSTM without peepholes (Graves 2013, section 2), with PyTorch's order of gates: i, f, g, o.
//
//   a = W_ih x + W_hh h + b
//   c' = sigma(f) c + sigma(i) tanh(g),  h' = sigma(o) tanh(c')

/// `count` cells from number `k` on.
INLINE void JOIN(NAME, lstm_forward_cells)(
    const long count, long size, long k, const forward_step *step) {
  float *gates = step->gates + k;
  const float *bias = step->bias + k;
#define GATE(number)                                                                               \
  JOIN(NAME, load)(gates + number * size, count, 0) +                                              \
      JOIN(NAME, load)(bias + number * size, count, 0)
  const VECTOR i = JOIN(NAME, sigmoid)(GATE(0)), f = JOIN(NAME, sigmoid)(GATE(1));
  const VECTOR g = JOIN(NAME, hyperbolic_tangent)(GATE(2)), o = JOIN(NAME, sigmoid)(GATE(3));
#undef GATE
  const VECTOR c = f * JOIN(NAME, load)(step->cell_before + k, count, 0) + i * g;
  const VECTOR t = JOIN(NAME, hyperbolic_tangent)(c);
  JOIN(NAME, store)(i, gates, count);
  JOIN(NAME, store)(f, gates + size, count);
  JOIN(NAME, store)(g, gates + 2 * size, count);
  JOIN(NAME, store)(o, gates + 3 * size, count);
  JOIN(NAME, store)(c, step->cell + k, count);
  JOIN(NAME, store)(t, step->tanh_cell + k, count);
  JOIN(NAME, store)(o * t, step->hidden + k, count);
  JOIN(NAME, store)(o * t, step->hidden_copy + k, count);
}

TARGET static void JOIN(NAME, lstm_forward)(long size, const forward_step *step) {
  FOR_ALL_CELLS(JOIN(NAME, lstm_forward_cells), size, step);
}

/// sigma' = sigma (1 - sigma) and tanh' = 1 - tanh^2.
INLINE void JOIN(NAME, lstm_backward_cells)(
    const long count, long size, long k, const backward_step *step) {
  float *gates = step->gates + k;
#define LOAD(numbers) JOIN(NAME, load)(numbers, count, 0)
  const VECTOR i = LOAD(gates), f = LOAD(gates + size);
  const VECTOR g = LOAD(gates + 2 * size), o = LOAD(gates + 3 * size), t = LOAD(step->tanh_cell + k);
  VECTOR dh = LOAD(step->hidden_gradient + k);
  if (step->output_gradient) dh += LOAD(step->output_gradient + k);
  const VECTOR dc = LOAD(step->cell_gradient + k) + dh * o * (1.0f - t * t);
  JOIN(NAME, store)(dc * g * i * (1.0f - i), gates, count);
  JOIN(NAME, store)(dc * LOAD(step->cell_before + k) * f * (1.0f - f), gates + size, count);
  JOIN(NAME, store)(dc * i * (1.0f - g * g), gates + 2 * size, count);
  JOIN(NAME, store)(dh * t * o * (1.0f - o), gates + 3 * size, count);
  JOIN(NAME, store)(dc * f, step->cell_gradient + k, count);
#undef LOAD
}

TARGET static void JOIN(NAME, lstm_backward)(long size, const backward_step *step) {
  FOR_ALL_CELLS(JOIN(NAME, lstm_backward_cells), size, step);
}
