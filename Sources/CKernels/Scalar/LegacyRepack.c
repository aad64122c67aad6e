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

// One block in the encoding of today; the largest error of its scales is kept.
typedef void (*RepackBlock)(const uint8_t *at, uint8_t *to, wb_scale_error *largest);

WB_INLINE wb_scale_error repack_blocks(
    RepackBlock repack, size_t bytes, size_t target_bytes, const uint8_t *at, size_t count,
    uint8_t *to) {
  wb_scale_error largest = {0, 0};
  for (size_t block = 0; block < count; ++block, at += bytes, to += target_bytes) {
    repack(at, to, &largest);
  }
  return largest;
}

// The function that repacks many blocks, of the one above it that repacks one.
#define REPACKER(name, bytes, target_bytes)                                        \
  wb_scale_error wb_##name##_repack(const void *blocks, size_t count, void *out) { \
    return repack_blocks(name##_block, bytes, target_bytes, blocks, count, out);   \
  }

WB_INLINE void q4_0_pairs_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  store_scale(load_float(at), to, largest);
  pairs_to_halves(at + 4, to + 2);
}
REPACKER(q4_0_pairs, 20, 18)
WB_INLINE void q4_1_pairs_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  store_scale(load_float(at), to, largest);
  store_scale(load_float(at + 4), to + 2, largest);
  pairs_to_halves(at + 8, to + 4);
}
REPACKER(q4_1_pairs, 24, 20)
WB_INLINE void q5_0_pairs_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  memcpy(to, at, 6);
  pairs_to_halves(at + 6, to + 6);
}
REPACKER(q5_0_pairs, 22, 22)
WB_INLINE void q5_1_pairs_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  memcpy(to, at, 8);
  pairs_to_halves(at + 8, to + 8);
}
REPACKER(q5_1_pairs, 24, 24)
WB_INLINE void q4_0_wide_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  store_scale(load_float(at), to, largest);
  memcpy(to + 2, at + 4, 16);
}
REPACKER(q4_0_wide, 20, 18)
WB_INLINE void q4_1_wide_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  store_scale(load_float(at), to, largest);
  store_scale(load_float(at + 4), to + 2, largest);
  memcpy(to + 4, at + 8, 16);
}
REPACKER(q4_1_wide, 24, 20)
WB_INLINE void q8_0_wide_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  store_scale(load_float(at), to, largest);
  memcpy(to + 2, at + 4, 32);
}
REPACKER(q8_0_wide, 36, 34)

// Elements l and l + 32 share byte l; each half becomes a block of its own.
WB_INLINE void q4_k64_block(const uint8_t *at, uint8_t *to, wb_scale_error *largest) {
  const uint8_t *q = at + 6;
  const float d = wb_load_half(at);
  const float minimum = wb_load_half(at + 2);
  for (int part = 0; part < 2; ++part) {
    uint8_t *half = to + 20 * part;
    store_scale(d * (float)(at[4 + part] & 15), half, largest);
    store_scale(-(minimum * (float)(at[4 + part] >> 4)), half + 2, largest);
    for (int j = 0; j < 16; ++j) {
      const int low = (q[j] >> (4 * part)) & 15;
      const int high = (q[j + 16] >> (4 * part)) & 15;
      half[4 + j] = (uint8_t)(low | high << 4);
    }
  }
}
REPACKER(q4_k64, 38, 40)
