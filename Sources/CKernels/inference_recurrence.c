#include "WeighbridgeRecurrence.h"

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
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    avx2_recur(recurrence);
  else
    portable_recur(recurrence);
}
#else
void inference_recur(const struct inference_recurrence *recurrence) { portable_recur(recurrence); }
#endif
