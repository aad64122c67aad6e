// Which twin runs: decided once per call, by the level of the CPU.
#include <stdatomic.h>

#include "Scalar/Scalar.h"

static int detect(void) {
#if WB_X86
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("f16c")) return WB_LEVEL_PORTABLE;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return WB_LEVEL_AVX512;
  }
  return WB_LEVEL_AVX2;
#else
  return WB_LEVEL_PORTABLE;
#endif
}

static _Atomic int highest = -1, current = -1;

int wb_cpu_highest_level(void) {
  int level = atomic_load_explicit(&highest, memory_order_relaxed);
  if (level < 0) {
    level = detect();
    atomic_store_explicit(&highest, level, memory_order_relaxed);
  }
  return level;
}

int wb_cpu_level(void) {
  const int level = atomic_load_explicit(&current, memory_order_relaxed);
  return level < 0 ? wb_cpu_highest_level() : level;
}

int wb_cpu_set_level(int level) {
  const int top = wb_cpu_highest_level();
  const int chosen = level < 0 ? 0 : level > top ? top : level;
  atomic_store_explicit(&current, chosen, memory_order_relaxed);
  return chosen;
}

#define DISPATCH_DECODE(name) \
  WB_DECODER(name) { wb_scalar_##name##_decode(blocks, count, out); }
#define DISPATCH_ENCODE(name) \
  WB_ENCODER(name) { wb_scalar_##name##_encode(x, rows, row_length, importance, out); }
#define DISPATCH(name)  \
  DISPATCH_DECODE(name) \
  DISPATCH_ENCODE(name)

DISPATCH(f16)
DISPATCH(bf16)
DISPATCH(q4_0)
DISPATCH(q4_1)
DISPATCH(q5_0)
DISPATCH(q5_1)
DISPATCH(q8_0)
DISPATCH(q4_k)
DISPATCH(q5_k)
DISPATCH(q6_k)
