// The cells of an LSTM without peepholes (Graves 2013, section 2), with PyTorch's order of gates: i, f, g, o.
//
//   a = W_ih x + W_hh h + b
//   c' = sigma(f) c + sigma(i) tanh(g),  h' = sigma(o) tanh(c')

/// `count` cells from number `k` on.
INLINE void JOIN(NAME, lstm_forward_cells)(
    const long count, long size, long k, const forward_step *step) {
  float *gates = step->gates + k;
  const float *bias = step->bias + k;
#define GATE(number) LOAD(gates + number * size) + LOAD(bias + number * size)
  const VECTOR i = JOIN(NAME, sigmoid)(GATE(0)), f = JOIN(NAME, sigmoid)(GATE(1));
  const VECTOR g = JOIN(NAME, hyperbolic_tangent)(GATE(2)), o = JOIN(NAME, sigmoid)(GATE(3));
#undef GATE
  const VECTOR c = f * LOAD(step->cell_before + k) + i * g;
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

/// sigma' = sigma (1 - sigma) and tanh' = 1 - tanh^2.
INLINE void JOIN(NAME, lstm_backward_cells)(
    const long count, long size, long k, const backward_step *step) {
  float *gates = step->gates + k;
  const VECTOR i = LOAD(gates), f = LOAD(gates + size);
  const VECTOR g = LOAD(gates + 2 * size), o = LOAD(gates + 3 * size), t = LOAD(step->tanh_cell + k);
  const VECTOR dh = JOIN(NAME, hidden_gradient)(count, k, step);
  const VECTOR dc = LOAD(step->cell_gradient + k) + dh * o * (1.0f - t * t);
  JOIN(NAME, store)(dc * g * i * (1.0f - i), gates, count);
  JOIN(NAME, store)(dc * LOAD(step->cell_before + k) * f * (1.0f - f), gates + size, count);
  JOIN(NAME, store)(dc * i * (1.0f - g * g), gates + 2 * size, count);
  JOIN(NAME, store)(dh * t * o * (1.0f - o), gates + 3 * size, count);
  JOIN(NAME, store)(dc * f, step->cell_gradient + k, count);
}

CELLS(lstm)
