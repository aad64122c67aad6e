// The bit layouts that scalar and lane kernels share.
#ifndef WEIGHBRIDGE_PACKING_H
#define WEIGHBRIDGE_PACKING_H

#include "Kernel.h"

// Eight scales and eight minimums of six bits in twelve bytes (ENC-31).
WB_INLINE void wb_pack_six_bits(const uint8_t *scales, const uint8_t *minimums, uint8_t *to) {
  for (int j = 0; j < 4; ++j) {
    to[j] = (uint8_t)(scales[j] | (scales[j + 4] >> 4) << 6);
    to[j + 4] = (uint8_t)(minimums[j] | (minimums[j + 4] >> 4) << 6);
    to[j + 8] = (uint8_t)((scales[j + 4] & 15) | (minimums[j + 4] & 15) << 4);
  }
}

WB_INLINE void wb_unpack_six_bits(const uint8_t *from, uint8_t *scales, uint8_t *minimums) {
  for (int j = 0; j < 4; ++j) {
    scales[j] = from[j] & 63;
    minimums[j] = from[j + 4] & 63;
    scales[j + 4] = (uint8_t)((from[j + 8] & 15) | (from[j] >> 6) << 4);
    minimums[j + 4] = (uint8_t)(from[j + 8] >> 4 | (from[j + 4] >> 6) << 4);
  }
}

// Sixteen scales of six bits, offset by 32, in twelve bytes (ENC-30): low nibbles of scales j and
// j + 8 in byte j, then two high bits of j, j + 4, j + 8, j + 12 in byte 8 + j.
WB_INLINE void wb_pack_q3_scales(const uint8_t *scales, uint8_t *to) {
  for (int j = 0; j < 8; ++j) to[j] = (uint8_t)((scales[j] & 15) | (scales[j + 8] & 15) << 4);
  for (int j = 0; j < 4; ++j) {
    to[8 + j] = (uint8_t)(scales[j] >> 4 | (scales[j + 4] >> 4) << 2 | (scales[j + 8] >> 4) << 4
                          | (scales[j + 12] >> 4) << 6);
  }
}

WB_INLINE void wb_unpack_q3_scales(const uint8_t *from, int8_t *scales) {
  for (int j = 0; j < 16; ++j) {
    const int low = (from[j % 8] >> (4 * (j / 8))) & 15;
    const int high = (from[8 + j % 4] >> (2 * (j / 4))) & 3;
    scales[j] = (int8_t)((low | high << 4) - 32);
  }
}

// Q4_K, Q5_K: the largest scale and minimum take the code 63. Writes d, dmin and the packed codes.
WB_INLINE void wb_plain_six_bit_head(const float *scales, const float *minimums, uint8_t *head) {
  float scale_peak = 0, minimum_peak = 0;
  for (int j = 0; j < 8; ++j) {
    if (scales[j] > scale_peak) scale_peak = scales[j];
    if (minimums[j] > minimum_peak) minimum_peak = minimums[j];
  }
  const float scale_inverse = scale_peak > 0 ? 63.0f / scale_peak : 0.0f;
  const float minimum_inverse = minimum_peak > 0 ? 63.0f / minimum_peak : 0.0f;
  uint8_t scale_codes[8], minimum_codes[8];
  for (int j = 0; j < 8; ++j) {
    const uint8_t scale = (uint8_t)wb_nearest(scale_inverse * scales[j]);
    const uint8_t minimum = (uint8_t)wb_nearest(minimum_inverse * minimums[j]);
    scale_codes[j] = scale < 63 ? scale : 63;
    minimum_codes[j] = minimum < 63 ? minimum : 63;
  }
  wb_store_half(head, scale_peak / 63.0f);
  wb_store_half(head + 2, minimum_peak / 63.0f);
  wb_pack_six_bits(scale_codes, minimum_codes, head + 4);
}

// Q2_K: the same with four bits; d and dmin follow the codes at `to` + 80.
WB_INLINE void wb_plain_four_bit_head(const float *scales, const float *minimums, uint8_t *to) {
  float scale_peak = 0, minimum_peak = 0;
  for (int j = 0; j < 16; ++j) {
    if (scales[j] > scale_peak) scale_peak = scales[j];
    if (minimums[j] > minimum_peak) minimum_peak = minimums[j];
  }
  const float scale_inverse = scale_peak > 0 ? 15.0f / scale_peak : 0.0f;
  const float minimum_inverse = minimum_peak > 0 ? 15.0f / minimum_peak : 0.0f;
  for (int j = 0; j < 16; ++j) {
    const int32_t scale = scale_peak > 0 ? wb_nearest(scale_inverse * scales[j]) : 0;
    const int32_t minimum = minimum_peak > 0 ? wb_nearest(minimum_inverse * minimums[j]) : 0;
    to[j] = (uint8_t)((uint32_t)scale | (uint32_t)minimum << 4);
  }
  wb_store_half(to + 80, scale_peak > 0 ? scale_peak / 15.0f : 0.0f);
  wb_store_half(to + 82, minimum_peak > 0 ? minimum_peak / 15.0f : 0.0f);
}

// Q3_K without importance: the scale furthest from zero takes the code −32.
WB_INLINE void wb_plain_q3_head(const float *scales, uint8_t *to) {
  float magnitude = 0, peak = 0;
  for (int j = 0; j < 16; ++j) {
    if (fabsf(scales[j]) > magnitude) {
      magnitude = fabsf(scales[j]);
      peak = scales[j];
    }
  }
  memset(to + 96, 0, 14);
  if (peak == 0) return;
  const float inverse = -32.0f / peak;
  uint8_t codes[16];
  for (int j = 0; j < 16; ++j) {
    const int8_t code = (int8_t)wb_nearest(inverse * scales[j]);  // cut to a byte, then clamped
    codes[j] = (uint8_t)(wb_clamp(code, -32, 31) + 32);
  }
  wb_pack_q3_scales(codes, to + 96);
  wb_store_half(to + 108, 1 / inverse);
}

// Q6_K: the scale furthest from zero takes the code −128. False: the block is zero.
WB_INLINE bool wb_q6_head(const float *scales, uint8_t *to) {
  float magnitude = 0, peak = 0;
  for (int j = 0; j < 16; ++j) {
    if (fabsf(scales[j]) > magnitude) {
      magnitude = fabsf(scales[j]);
      peak = scales[j];
    }
  }
  if (magnitude < 1e-15f) return false;
  const float inverse = -128.0f / peak;
  for (int j = 0; j < 16; ++j) {
    const int32_t code = wb_nearest(inverse * scales[j]);
    to[192 + j] = (uint8_t)(code < 127 ? code : 127);
  }
  wb_store_half(to + 208, 1 / inverse);
  return true;
}

#endif
