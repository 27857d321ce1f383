// libxsmm generates code for small products at run time, for the processor that it finds.
// Its functions take a variable number of arguments, which Swift cannot pass. No logic.
#ifndef CXSMM_SHIM_H
#define CXSMM_SHIM_H

#include <libxsmm.h>

static inline void cxsmm_run(
    libxsmm_smmfunction kernel, const float *a, const float *b, float *c) {
  kernel(a, b, c);
}

#endif
