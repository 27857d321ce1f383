// The product of a block and a panel for one kind of vector registers.

// Bytes that come into the cache at once, and steps of the loop between two calls for them: many calls
// in a row would hold up the loads of the loop itself.
#define LINE 64
#define LINES ((WIDTH * 4 + LINE - 1) / LINE)
#define STEPS 8

/// A tile of the result, `rows` high, stays in registers while the loop goes over the inner dimension.
/// `rows` is a constant wherever this is inlined. From `next` on, `pace` bytes at a time, memory comes
/// into the second-level cache meanwhile.
TARGET __attribute__((always_inline)) static inline void JOIN(NAME, tile)(
    const int rows, long inner, const float *block, long row_stride, long inner_stride,
    const float *panel, float *result, long result_stride, int accumulate, const char *next,
    long pace) {
  VECTOR sums[ROWS][VECTORS];
#pragma unroll
  for (int row = 0; row < rows; row++) {
    // What the sums will be added to arrives while they are computed.
    __builtin_prefetch(result + row * result_stride, 1, 3);
    __builtin_prefetch(result + row * result_stride + WIDTH - 1, 1, 3);
#pragma unroll
    for (int v = 0; v < VECTORS; v++) sums[row][v] = (VECTOR){0};
  }
#define STEP(k)                                                                                    \
  {                                                                                                \
    VECTOR numbers[VECTORS];                                                                       \
    _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {                                          \
      numbers[v] = ((const VECTOR *)(panel + (k) * WIDTH))[v];                                     \
    }                                                                                              \
    _Pragma("unroll") for (int row = 0; row < rows; row++) {                                       \
      const VECTOR factor = block[row * row_stride + (k) * inner_stride] - (VECTOR){0};            \
      _Pragma("unroll") for (int v = 0; v < VECTORS; v++) {                                        \
        sums[row][v] += factor * numbers[v];                                                       \
        IN_ORDER(sums[row][v]);                                                                    \
      }                                                                                            \
    }                                                                                              \
  }
  long k = 0;
  for (; k + STEPS <= inner; k += STEPS) {
#pragma unroll
    for (int line = 0; line < LINES; line++, next += pace) __builtin_prefetch(next, 0, 2);
#pragma unroll
    for (int step = 0; step < STEPS; step++) STEP(k + step)
  }
  for (; k < inner; k++) STEP(k)
#undef STEP
#pragma unroll
  for (int row = 0; row < rows; row++) {
    VECTOR *target = (VECTOR *)(result + row * result_stride);
#pragma unroll
    for (int v = 0; v < VECTORS; v++) {
      target[v] = accumulate ? target[v] + sums[row][v] : sums[row][v];
    }
  }
}

TARGET static void JOIN(NAME, any_tile)(
    int rows, long inner, const float *block, long block_stride, const float *panel,
    float *result, long result_stride, int accumulate, const char *next, long pace) {
#define CASE(count)                                                                                \
  case count:                                                                                      \
    if (block_stride) {                                                                            \
      JOIN(NAME, tile)                                                                             \
      (count, inner, block, block_stride, 1, panel, result, result_stride, accumulate, next,       \
       pace);                                                                                      \
    } else {                                                                                       \
      JOIN(NAME, tile)                                                                             \
      (count, inner, block, 1, count, panel, result, result_stride, accumulate, next, pace);       \
    }                                                                                              \
    break;
  switch (rows) {
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if ROWS > 6
    CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
  }
#undef CASE
}

/// Where tile `tile` of a block begins: tiles are of about one height, because a low one would wait
/// for its few sums.
static inline long JOIN(NAME, first_row)(long rows, long tile) {
  return rows * tile / ((rows + ROWS - 1) / ROWS);
}

TARGET static void JOIN(NAME, multiply)(
    long rows, long inner, long columns, const float *block, long block_stride,
    const float *panel, float *result, long result_stride, int accumulate, const float *next) {
  // Each tile prefetches the piece of the next panel that follows what the tile before prefetched.
  const long prefetched = inner / STEPS * LINES * LINE, whole = inner * WIDTH * (long)sizeof(float);
  for (long tile = 0, first = 0, end; first < rows; tile++, first = end) {
    end = JOIN(NAME, first_row)(rows, tile + 1);
    const int height = (int)(end - first);
    const float *own = block + first * (block_stride ? block_stride : inner);
    float *target = result + first * result_stride;
    const char *ahead = (const char *)next + (tile * prefetched < whole ? tile * prefetched : 0);
    const long pace = tile * prefetched < whole ? LINE : 0;
    if (columns == WIDTH) {
      JOIN(NAME, any_tile)
      (height, inner, own, block_stride, panel, target, result_stride, accumulate, ahead, pace);
      continue;
    }
    // The last panel of a matrix may have fewer columns: what lies beside them is not ours.
    float scratch[ROWS * WIDTH];
    JOIN(NAME, any_tile)
    (height, inner, own, block_stride, panel, scratch, WIDTH, 0, ahead, pace);
    for (long row = 0; row < height; row++) {
      for (long column = 0; column < columns; column++) {
        float *number = target + row * result_stride + column;
        *number = scratch[row * WIDTH + column] + (accumulate ? *number : 0);
      }
    }
  }
}

/// Packed blocks stand tile by tile, and of each tile column by column.
static void JOIN(NAME, pack)(
    long rows, long inner, const float *transposed, long transposed_stride, float *packed) {
  // Some columns of all tiles at a time: a cache line has numbers of several tiles.
  for (long k0 = 0; k0 < inner; k0 += STEPS) {
    const long k1 = k0 + STEPS < inner ? k0 + STEPS : inner;
    for (long tile = 0, first = 0, end; first < rows; tile++, first = end) {
      end = JOIN(NAME, first_row)(rows, tile + 1);
      const long height = end - first;
      const float *source = transposed + k0 * transposed_stride + first;
      float *target = packed + first * inner + k0 * height;
      for (long k = k0; k < k1; k++, source += transposed_stride, target += height) {
        if (height == ROWS) {
          __builtin_memcpy(target, source, ROWS * sizeof(float));
        } else {
          for (long row = 0; row < height; row++) target[row] = source[row];
        }
      }
    }
  }
}

#undef LINE
#undef LINES
#undef STEPS
