// The scalar twin of every kernel: what the fast ones must equal, byte for byte.
#ifndef WEIGHBRIDGE_SCALAR_H
#define WEIGHBRIDGE_SCALAR_H

#include "../Fits.h"

#define SCALAR_DECODER(name) \
  void wb_scalar_##name##_decode(const void *blocks, size_t count, float *out)
#define SCALAR_ENCODER(name)      \
  void wb_scalar_##name##_encode( \
      const float *x, size_t rows, size_t row_length, const float *importance, void *out)

#define WB_CODEC(name)  \
  SCALAR_DECODER(name); \
  SCALAR_ENCODER(name);
#define WB_ENCODER_ONLY(name) SCALAR_ENCODER(name);
#include "WeighbridgeCodecs.h"

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
