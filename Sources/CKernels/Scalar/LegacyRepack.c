// The blocks of 2023 as today's: codes are moved, never computed anew.
#include "../Kernel.h"
#include "WeighbridgeLegacy.h"

#pragma STDC FP_CONTRACT OFF

// Today's order: byte j holds elements j and j + 16.
WB_INLINE void pairs_to_halves(const uint8_t *q, uint8_t *to) {
  for (int j = 0; j < 8; ++j) {
    to[2 * j] = (uint8_t)((q[j] & 15) | (q[j + 8] & 15) << 4);
    to[2 * j + 1] = (uint8_t)(q[j] >> 4 | (q[j + 8] & 0xf0));
  }
}

// Stores a scale as a half and keeps the largest error.
WB_INLINE void store_scale(float value, uint8_t *to, wb_scale_error *largest) {
  const uint16_t half = wb_float_to_half(value);
  const float stored = wb_half_to_float(half);
  const float error = fabsf(stored - value);
  wb_store16(to, half);
  if (!isfinite(value) || !isfinite(stored)) {
    largest->relative = INFINITY;
  } else if (fabsf(value) < 0x1p-14f) {
    if (error > largest->absolute) largest->absolute = error;
  } else if (error / fabsf(value) > largest->relative) {
    largest->relative = error / fabsf(value);
  }
}

WB_INLINE float load_float(const uint8_t *at) { return wb_float(wb_load32(at)); }

#define EACH_BLOCK(name, bytes, target_bytes, body)                                       \
  wb_scale_error wb_##name##_repack(const void *blocks, size_t count, void *out) {        \
    const uint8_t *at = blocks;                                                           \
    uint8_t *to = out;                                                                    \
    wb_scale_error largest = {0, 0};                                                      \
    for (size_t block = 0; block < count; ++block, at += (bytes), to += (target_bytes)) { \
      body                                                                                \
    }                                                                                     \
    return largest;                                                                       \
  }

EACH_BLOCK(q4_0_pairs, 20, 18, {
  store_scale(load_float(at), to, &largest);
  pairs_to_halves(at + 4, to + 2);
})
EACH_BLOCK(q4_1_pairs, 24, 20, {
  store_scale(load_float(at), to, &largest);
  store_scale(load_float(at + 4), to + 2, &largest);
  pairs_to_halves(at + 8, to + 4);
})
EACH_BLOCK(q5_0_pairs, 22, 22, {
  memcpy(to, at, 6);
  pairs_to_halves(at + 6, to + 6);
})
EACH_BLOCK(q5_1_pairs, 24, 24, {
  memcpy(to, at, 8);
  pairs_to_halves(at + 8, to + 8);
})
EACH_BLOCK(q4_0_wide, 20, 18, {
  store_scale(load_float(at), to, &largest);
  memcpy(to + 2, at + 4, 16);
})
EACH_BLOCK(q4_1_wide, 24, 20, {
  store_scale(load_float(at), to, &largest);
  store_scale(load_float(at + 4), to + 2, &largest);
  memcpy(to + 4, at + 8, 16);
})
EACH_BLOCK(q8_0_wide, 36, 34, {
  store_scale(load_float(at), to, &largest);
  memcpy(to + 2, at + 4, 32);
})

// Elements l and l + 32 share byte l; each half becomes a block of its own.
EACH_BLOCK(q4_k64, 38, 40, {
  const uint8_t *q = at + 6;
  const float d = wb_load_half(at);
  const float minimum = wb_load_half(at + 2);
  for (int part = 0; part < 2; ++part) {
    uint8_t *half = to + 20 * part;
    store_scale(d * (float)(at[4 + part] & 15), half, &largest);
    store_scale(-(minimum * (float)(at[4 + part] >> 4)), half + 2, &largest);
    for (int j = 0; j < 16; ++j) {
      const int low = (q[j] >> (4 * part)) & 15;
      const int high = (q[j + 16] >> (4 * part)) & 15;
      half[4 + j] = (uint8_t)(low | high << 4);
    }
  }
})
