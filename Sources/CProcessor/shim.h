// What the program was built for is a macro, and what the processor has is a builtin: neither is
// visible to Swift. No logic.
#ifndef CPROCESSOR_SHIM_H
#define CPROCESSOR_SHIM_H

// The first instruction set that the program was built with and this processor lacks, or null.
static inline const char *cprocessor_lacks(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
#ifdef __AVX512F__
  if (!__builtin_cpu_supports("avx512f")) return "AVX-512";
#endif
#ifdef __AVX2__
  if (!__builtin_cpu_supports("avx2")) return "AVX2";
#endif
#ifdef __FMA__
  if (!__builtin_cpu_supports("fma")) return "FMA";
#endif
#endif
  return 0;
}

#endif
