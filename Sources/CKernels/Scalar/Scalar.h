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
SCALAR_CODEC(q1_0);
SCALAR_CODEC(q2_0);
SCALAR_CODEC(tq1_0);
SCALAR_CODEC(tq2_0);
SCALAR_CODEC(mxfp4);
SCALAR_CODEC(nvfp4);
SCALAR_CODEC(iq4_nl);
SCALAR_CODEC(iq4_xs);
SCALAR_CODEC(iq1_s);
SCALAR_CODEC(iq1_m);
SCALAR_CODEC(iq2_xxs);
SCALAR_CODEC(iq2_xs);
SCALAR_CODEC(iq2_s);
SCALAR_CODEC(iq3_xxs);
SCALAR_CODEC(iq3_s);
SCALAR_ENCODER(iq3_s_in_place);

// weight = importance · √(sigma + x²), the error weight of one element.
WB_INLINE void wb_importance_weights(
    size_t count, const float *x, const float *importance, float sigma, float *weights) {
  for (size_t i = 0; i < count; ++i) weights[i] = importance[i] * sqrtf(sigma + x[i] * x[i]);
}

// Q3_K: the descent that chooses a scale and sixteen codes.
float wb_fit_q3(const float *x, int8_t *codes);

// IQ4_XS: codes of eight scales, and the levels unless `x` is null.
void wb_iq4_xs_finish(const float *x, const float *scales, uint8_t *to);
// MXFP4: the shared exponent for a largest magnitude.
uint8_t wb_mxfp4_exponent(float value);
// NVFP4: a scale as unsigned E4M3.
uint8_t wb_ue4m3(float value);

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
