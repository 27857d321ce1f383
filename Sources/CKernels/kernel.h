// A kernel for one kind of vector registers. Included once for each, with
//
//   NAME     of the kernel
//   TARGET   the attribute that names the processor
//   LANES    numbers per register
//   VECTORS  registers per row of a tile
//   ROWS     of a tile, at most 12

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define VECTOR JOIN(NAME, vector)
#define WIDTH (VECTORS * LANES)

typedef float VECTOR __attribute__((ext_vector_type(LANES), aligned(4), may_alias));

#include "panel_kernel.h"
#include "pointwise_kernel.h"

// A header for each cell, with CELL_forward_cells and CELL_backward_cells, and CELLS(CELL) after them.
#include "gru_cell.h"
#include "lstm_cell.h"
#include "rnn_cell.h"

static const kernel JOIN(NAME, kernel) = {
    .width = WIDTH,
    .pack = JOIN(NAME, pack),
    .multiply = JOIN(NAME, multiply),
    .exponentials = JOIN(NAME, exponentials),
    .first_above = JOIN(NAME, first_above),
    .logarithms = JOIN(NAME, logarithms),
    .gru = {JOIN(NAME, gru_forward), JOIN(NAME, gru_backward)},
    .lstm = {JOIN(NAME, lstm_forward), JOIN(NAME, lstm_backward)},
    .rnn = {JOIN(NAME, rnn_forward), JOIN(NAME, rnn_backward)},
};

#undef CELLS
#undef LOAD
#undef FOR_ALL_CELLS
#undef INTEGERS
#undef INLINE
#undef JOIN_
#undef JOIN
#undef VECTOR
#undef WIDTH
#undef NAME
#undef TARGET
#undef LANES
#undef VECTORS
#undef ROWS
