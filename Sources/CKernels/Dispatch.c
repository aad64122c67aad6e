// Which twin runs: decided once per call, by the level of the CPU.
#include <stdatomic.h>
#include <stdlib.h>

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

// WEIGHBRIDGE_CPU=scalar, portable or avx2 lowers the level of a process: to compare the paths of a
// finished program, and where a virtual machine announces more than it can do.
static int requested(int top) {
  static const char *const names[] = {"scalar", "portable", "avx2", "avx512"};
  const char *name = getenv("WEIGHBRIDGE_CPU");
  for (int level = 0; name && level < top; ++level) {
    if (strcmp(name, names[level]) == 0) return level;
  }
  return top;
}

static _Atomic int highest = -1, current = -1;

int wb_cpu_highest_level(void) {
  int level = atomic_load_explicit(&highest, memory_order_relaxed);
  if (level < 0) {
    level = requested(detect());
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

#if WB_X86
#define FAST_LEVELS(name, arguments)                       \
  case WB_LEVEL_AVX512: return wb_avx512_##name arguments; \
  case WB_LEVEL_AVX2: return wb_avx2_##name arguments;
#define FAST_TWINS(name, arguments) \
  void wb_avx512_##name arguments;  \
  void wb_avx2_##name arguments;
#else
#define FAST_LEVELS(name, arguments)
#define FAST_TWINS(name, arguments)
#endif

#define CHOOSE(name, arguments)                                  \
  switch (wb_cpu_level()) {                                      \
    FAST_LEVELS(name, arguments)                                 \
    case WB_LEVEL_PORTABLE: return wb_portable_##name arguments; \
    default: return wb_scalar_##name arguments;                  \
  }

#define DECODER_TYPE (const void *, size_t, float *)
#define ENCODER_TYPE (const float *, size_t, size_t, const float *, void *)
#define DECLARE(name, arguments)     \
  void wb_portable_##name arguments; \
  FAST_TWINS(name, arguments)

#define DISPATCH_DECODE(name)          \
  DECLARE(name##_decode, DECODER_TYPE) \
  WB_DECODER(name) { CHOOSE(name##_decode, (blocks, count, out)) }
#define DISPATCH_ENCODE(name)          \
  DECLARE(name##_encode, ENCODER_TYPE) \
  WB_ENCODER(name) { CHOOSE(name##_encode, (x, rows, row_length, importance, out)) }
#define WB_CODEC(name)  \
  DISPATCH_DECODE(name) \
  DISPATCH_ENCODE(name)
#define WB_ENCODER_ONLY(name) DISPATCH_ENCODE(name)
#include "WeighbridgeCodecs.h"

#define WB_CODEC(name) {#name, wb_##name##_decode, wb_##name##_encode},
#define WB_ENCODER_ONLY(name) {#name, NULL, wb_##name##_encode},
#define WB_PLAIN_CODEC(name) WB_CODEC(name)
#define WB_PLAIN_DECODER(name) {#name, wb_##name##_decode, NULL},
static const wb_codec codecs[] = {
#include "WeighbridgeCodecs.h"
};

bool wb_codec_at(size_t index, wb_codec *codec) {
  if (index >= sizeof codecs / sizeof *codecs) return false;
  *codec = codecs[index];
  return true;
}
