// Says what the processor lacks, before any instruction runs that it does not have. Swift is too late
// for that: its first lines are compiled for the processor that the program was built for.
#include "processor.h"

#if defined(__x86_64__)
#include <string.h>
#include <unistd.h>

// For any x86-64, whatever the rest of the program needs.
__attribute__((constructor(101), target("arch=x86-64"))) static void check_processor(void) {
  const char *missing = 0;
  __builtin_cpu_init();
#ifdef __FMA__
  if (!__builtin_cpu_supports("fma")) missing = "FMA";
#endif
#ifdef __AVX2__
  if (!__builtin_cpu_supports("avx2")) missing = "AVX2";
#endif
#ifdef __AVX512F__
  if (!__builtin_cpu_supports("avx512f")) missing = "AVX-512";
#endif
  if (!missing) return;
  const char *parts[] = {"launcher: this program was built for processors with ", missing,
                         ", which this one lacks; build it with `make MARCH=x86-64-v2`\n"};
  for (int part = 0; part < 3; part++) {
    if (write(STDERR_FILENO, parts[part], strlen(parts[part])) < 0) break;
  }
  _exit(70);
}
#endif
