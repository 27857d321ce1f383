#include "kernels.h"

// Compilers load several numbers at once and take them apart, or load numbers of the next iterations before
// they are needed, until the registers overflow. The processor orders the loop better by itself:
// this empty statement keeps what is written after it behind a sum.
#if defined(__x86_64__)
#define IN_ORDER(sum) __asm__ volatile("" : "+v"(sum) : : "memory")
#elif defined(__aarch64__)
#define IN_ORDER(sum) __asm__ volatile("" : "+w"(sum) : : "memory")
#else
#define IN_ORDER(sum) __asm__ volatile("" : : : "memory")
#endif

// Rows and vectors of a tile: enough multiply-adds between two loads of a number to hide how long
// each takes, and few enough sums for the registers, of which AVX-512 and arm64 have 32, others 16.

#if defined(__x86_64__)
#define NAME avx512
#define TARGET __attribute__((target("avx512f")))
#define LANES 16
#define VECTORS 2
#define ROWS 12
#include "kernel.h"

#define NAME avx2
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define VECTORS 2
#define ROWS 6
#include "kernel.h"
#endif

#define NAME plain
#define TARGET
#define LANES 4
#if defined(__aarch64__)
#define VECTORS 4
#else
#define VECTORS 2
#endif
#define ROWS 6
#include "kernel.h"

const kernel *kernel_at(long index) {
  const kernel *found[3];
  long count = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) found[count++] = &avx512_kernel;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found[count++] = &avx2_kernel;
  }
#endif
  found[count++] = &plain_kernel;
  return index >= 0 && index < count ? found[index] : 0;
}
