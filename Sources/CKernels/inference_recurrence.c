#include <math.h>

#include "CKernels.h"

// Products and sums round one by one in both twins, as in inference_kernels.c.
#pragma STDC FP_CONTRACT OFF

#define NAME(x) portable_##x
#include "inference_recurrence_body.h"
#undef NAME

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME(x) avx2_##x
#include "inference_recurrence_body.h"
#undef NAME
#pragma clang attribute pop

void inference_recur(const struct inference_recurrence *recurrence) {
  if (wb_cpu_level() >= WB_LEVEL_AVX2 && __builtin_cpu_supports("fma"))
    avx2_recur(recurrence);
  else
    portable_recur(recurrence);
}
#else
void inference_recur(const struct inference_recurrence *recurrence) { portable_recur(recurrence); }
#endif

void inference_time_steps(
    float *steps, float *decays, const float *biases, const float *rates, ptrdiff_t count,
    ptrdiff_t share, float low, float high) {
  for (ptrdiff_t j = 0; j < count; j++) {
    const float raw = steps[j] + biases[j];
    float step = raw > 20 ? raw : log1pf(expf(raw));
    step = step < low ? low : step > high ? high : step;
    steps[j] = step;
    decays[j] = expf(rates[j / share] * step);
  }
}
