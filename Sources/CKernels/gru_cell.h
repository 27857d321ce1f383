// The cells of a gated recurrent unit (Cho et al. 2014, section 2.3) as PyTorch has it, with its order of gates:
// r, z, n. The bias of W_hn h stands within the product with r, so that both biases are needed.
//
//   r = sigma(W_ir x + b_ir + W_hr h + b_hr),  z = sigma(W_iz x + b_iz + W_hz h + b_hz)
//   n = tanh(W_in x + b_in + r (W_hn h + b_hn)),  h' = (1 - z) n + z h

/// `count` cells from number `k` on. The third block of `recurrent` keeps W_hn h + b_hn.
INLINE void JOIN(NAME, gru_forward_cells)(
    const long count, long size, long k, const forward_step *step) {
  float *gates = step->gates + k, *recurrent = step->recurrent + k;
  const float *bias = step->bias + k, *recurrent_bias = step->recurrent_bias + k;
#define INPUT(number) (LOAD(gates + number * size) + LOAD(bias + number * size))
#define RECURRENT(number) (LOAD(recurrent + number * size) + LOAD(recurrent_bias + number * size))
  const VECTOR r = JOIN(NAME, sigmoid)(INPUT(0) + RECURRENT(0));
  const VECTOR z = JOIN(NAME, sigmoid)(INPUT(1) + RECURRENT(1));
  const VECTOR own = RECURRENT(2);
  const VECTOR n = JOIN(NAME, hyperbolic_tangent)(INPUT(2) + r * own);
  const VECTOR h = n + z * (LOAD(step->hidden_before + k) - n);
#undef RECURRENT
#undef INPUT
  JOIN(NAME, store)(r, gates, count);
  JOIN(NAME, store)(z, gates + size, count);
  JOIN(NAME, store)(n, gates + 2 * size, count);
  JOIN(NAME, store)(own, recurrent + 2 * size, count);
  JOIN(NAME, store)(h, step->hidden + k, count);
  JOIN(NAME, store)(h, step->hidden_copy + k, count);
}

INLINE void JOIN(NAME, gru_backward_cells)(
    const long count, long size, long k, const backward_step *step) {
  float *gates = step->gates + k, *recurrent = step->recurrent + k;
  const VECTOR r = LOAD(gates), z = LOAD(gates + size), n = LOAD(gates + 2 * size);
  const VECTOR dh = JOIN(NAME, hidden_gradient)(count, k, step);
  const VECTOR dn = dh * (1.0f - z) * (1.0f - n * n);
  const VECTOR dr = dn * LOAD(recurrent + 2 * size) * r * (1.0f - r);
  const VECTOR dz = dh * (LOAD(step->hidden_before + k) - n) * z * (1.0f - z);
  JOIN(NAME, store)(dr, gates, count);
  JOIN(NAME, store)(dz, gates + size, count);
  JOIN(NAME, store)(dn, gates + 2 * size, count);
  JOIN(NAME, store)(dr, recurrent, count);
  JOIN(NAME, store)(dz, recurrent + size, count);
  JOIN(NAME, store)(dn * r, recurrent + 2 * size, count);
  JOIN(NAME, store)(dh * z, step->hidden_gradient + k, count);
}

CELLS(gru)
