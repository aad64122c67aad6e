#include "CKernels.h"

// Sums are fused where it is said, and nowhere else.
#pragma STDC FP_CONTRACT OFF

// Vectors never cross a call here: every use is in one function after inlining.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
// A product and a sum, rounded once: the same on every machine that has the instruction.
#define FUSED(x, y, z) __builtin_elementwise_fma(x, y, z)
// Steps that pass before sums go back to memory, which costs more than a right tile that comes from the
// second cache: 86 GFLOP/s of a peak of 107 at a depth of 768 in one part, 77 in two.
enum { DEPTH = 1024 };

// Any machine's: where it has no such instruction (x86 before 2013) the same is computed, slowly, so that
// bits are the same everywhere.
#define ROWS 6
#define LANES 8
#define NAME(x) portable_##x
#include "inference_tiles.h"
#undef NAME

#if defined(__x86_64__)
#define NAME(x) avx2_##x
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "inference_tiles.h"
#pragma clang attribute pop
#undef NAME
#undef ROWS
#undef LANES

#define ROWS 12
#define LANES 16
#define NAME(x) avx512_##x
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx2,fma"))), apply_to = function)
#include "inference_tiles.h"
#pragma clang attribute pop
#undef NAME

static int level(void) {
  if (wb_cpu_level() >= WB_LEVEL_AVX512 && __builtin_cpu_supports("avx512vl")) return 2;
  return wb_cpu_level() >= WB_LEVEL_AVX2 && __builtin_cpu_supports("fma");
}

struct inference_tile inference_native_tile(void) {
  switch (level()) {
    case 2: return (struct inference_tile){12, 32};
    case 1: return (struct inference_tile){6, 16};
    default: return (struct inference_tile){6, 16};
  }
}
#define CALL(name, ...)                           \
  switch (level()) {                              \
    case 2: avx512_##name(__VA_ARGS__); break;    \
    case 1: avx2_##name(__VA_ARGS__); break;      \
    default: portable_##name(__VA_ARGS__); break; \
  }
#else
struct inference_tile inference_native_tile(void) { return (struct inference_tile){6, 16}; }
#define CALL(name, ...) portable_##name(__VA_ARGS__);
#endif

void inference_multiply_packed(const struct inference_product *product) { CALL(multiply, product) }

void inference_pack_left(
    const float *source, ptrdiff_t stride, ptrdiff_t rows, ptrdiff_t depth, float *packed) {
  CALL(pack_left, source, stride, rows, depth, packed)
}

void inference_pack_right(
    const float *source, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, float *packed) {
  CALL(pack_right, source, stride, columns, depth, packed)
}

void inference_pack_columns(
    const float *source, ptrdiff_t stride, ptrdiff_t columns, ptrdiff_t depth, float *packed) {
  CALL(pack_columns, source, stride, columns, depth, packed)
}

void inference_attend(const struct inference_attention *attention) { CALL(attend, attention) }
