// What every kernel file shares: bits of floats, halves, and conversions that are defined for any
// input. Included first, so that contraction is off everywhere.
#ifndef WEIGHBRIDGE_KERNEL_H
#define WEIGHBRIDGE_KERNEL_H

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define WB_X86 1
#else
#define WB_X86 0
#endif

#define WB_INLINE static inline __attribute__((always_inline))

enum { WB_SUPER = 256 };  // elements of a super-block

WB_INLINE uint32_t wb_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

WB_INLINE float wb_float(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

WB_INLINE uint16_t wb_load16(const void *at) {
  uint16_t value;
  memcpy(&value, at, 2);
  return value;
}

WB_INLINE uint32_t wb_load32(const void *at) {
  uint32_t value;
  memcpy(&value, at, 4);
  return value;
}

WB_INLINE void wb_store16(void *at, uint16_t value) { memcpy(at, &value, 2); }
WB_INLINE void wb_store32(void *at, uint32_t value) { memcpy(at, &value, 4); }

// Half to single, exact; a signalling NaN becomes quiet, as in hardware.
WB_INLINE float wb_half_to_float(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  const uint32_t magnitude = half & 0x7fff;
  if (magnitude >= 0x7c00) {
    const uint32_t quiet = magnitude > 0x7c00 ? 0x400000 : 0;
    return wb_float(sign | 0x7f800000 | quiet | ((magnitude & 0x3ff) << 13));
  }
  if (magnitude >= 0x400) return wb_float(sign | ((magnitude << 13) + 0x38000000));
  const float value = (float)magnitude * 0x1p-24f;
  return wb_float(sign | wb_bits(value));
}

// Single to half, ties to even; NaN keeps the top of its payload, as in hardware.
WB_INLINE uint16_t wb_float_to_half(float value) {
  const uint32_t bits = wb_bits(value);
  const uint16_t sign = (uint16_t)((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | ((magnitude >> 13) & 0x3ff));
  if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (magnitude >= 0x38800000) {
    const uint32_t odd = (magnitude >> 13) & 1;
    return (uint16_t)(sign | ((magnitude - 0x38000000 + 0xfff + odd) >> 13));
  }
  // Subnormal: adding 0.5 puts the half's unit at the single's last bit, rounding to even.
  const float shifted = wb_float(magnitude) + 0.5f;
  return (uint16_t)(sign | (wb_bits(shifted) - 0x3f000000));
}

WB_INLINE float wb_load_half(const void *at) { return wb_half_to_float(wb_load16(at)); }
WB_INLINE void wb_store_half(void *at, float value) { wb_store16(at, wb_float_to_half(value)); }

// Toward zero; what does not fit is INT32_MIN, as x86 defines it.
WB_INLINE int32_t wb_truncate(float value) {
  if (!(value >= -2147483648.0f && value < 2147483648.0f)) return INT32_MIN;
  return (int32_t)value;
}

// The nearest integer, ties to even, for |value| < 2^22. Beyond it, and for NaN, the low 23 bits of
// the shifted float: ggml's definition, kept because its bytes depend on it.
WB_INLINE int32_t wb_nearest(float value) {
  return (int32_t)(wb_bits(value + 12582912.0f) & 0x007fffff) - 0x00400000;
}

WB_INLINE int32_t wb_clamp(int32_t value, int32_t low, int32_t high) {
  const int32_t upper = value < high ? value : high;
  return upper > low ? upper : low;
}

// 0 where the divisor is 0, as the simple blocks define their inverse scale.
WB_INLINE float wb_inverse(float value) { return value != 0 ? 1.0f / value : 0.0f; }

WB_INLINE float wb_sum_of_squares(const float *x, size_t count) {
  float sum = 0;
  for (size_t i = 0; i < count; ++i) sum += x[i] * x[i];
  return sum;
}

#endif
