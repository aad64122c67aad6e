// The scalar twin of every kernel: what the fast ones must equal, byte for byte.
#ifndef WEIGHBRIDGE_SCALAR_H
#define WEIGHBRIDGE_SCALAR_H

#include "../Fits.h"

#define SCALAR_DECODER(name) \
  void wb_scalar_##name##_decode(const void *blocks, size_t count, float *out)
#define SCALAR_ENCODER(name)                                                            \
  void wb_scalar_##name##_encode(                                                       \
      const float *x, size_t rows, size_t row_length, const float *importance, void *out)

#define SCALAR_CODEC(name) \
  SCALAR_DECODER(name);    \
  SCALAR_ENCODER(name)

SCALAR_CODEC(f16);
SCALAR_CODEC(bf16);
SCALAR_CODEC(q4_0);
SCALAR_CODEC(q4_1);
SCALAR_CODEC(q5_0);
SCALAR_CODEC(q5_1);
SCALAR_CODEC(q8_0);
SCALAR_CODEC(q2_k);
SCALAR_CODEC(q3_k);
SCALAR_CODEC(q4_k);
SCALAR_CODEC(q5_k);
SCALAR_CODEC(q6_k);

// weight = importance · √(sigma + x²), the error weight of one element.
WB_INLINE void wb_importance_weights(
    size_t count, const float *x, const float *importance, float sigma, float *weights) {
  for (size_t i = 0; i < count; ++i) weights[i] = importance[i] * sqrtf(sigma + x[i] * x[i]);
}

// Q3_K: the descent that chooses a scale and sixteen codes.
float wb_fit_q3(const float *x, int8_t *codes);

// The element furthest from zero; the first of equals.
WB_INLINE float wb_peak(size_t count, const float *x) {
  float magnitude = 0, peak = 0;
  for (size_t i = 0; i < count; ++i) {
    if (magnitude < fabsf(x[i])) {
      magnitude = fabsf(x[i]);
      peak = x[i];
    }
  }
  return peak;
}

#endif
