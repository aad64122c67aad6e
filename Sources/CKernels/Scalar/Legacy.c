// Decoders of the blocks of 2023; layouts in Specs/ggml-legacy.md.
#include "../Kernel.h"
#include "WeighbridgeLegacy.h"

#pragma STDC FP_CONTRACT OFF

WB_INLINE float load_float(const uint8_t *at) { return wb_float(wb_load32(at)); }

// The numbers of one block: `at` its bytes, `y` its floats.
typedef void (*DecodeBlock)(const uint8_t *at, float *y);

WB_INLINE void decode_blocks(
    DecodeBlock decode, size_t bytes, size_t elements, const uint8_t *at, size_t count, float *y) {
  for (size_t block = 0; block < count; ++block, at += bytes, y += elements) decode(at, y);
}

// The function that decodes many blocks, of the one above it that decodes one.
#define DECODER(name, bytes, elements)                                    \
  void wb_##name##_decode(const void *blocks, size_t count, float *out) { \
    decode_blocks(name##_block, bytes, elements, blocks, count, out);     \
  }

// y[2j], y[2j + 1] from byte j; `fifth` holds one more bit for each element.
WB_INLINE void pairs(
    const uint8_t *q, int bytes, uint32_t fifth, int zero, float d, float m, float *y) {
  for (int j = 0; j < bytes; ++j) {
    const int low = (q[j] & 15) | (int)((fifth >> (2 * j)) & 1) << 4;
    const int high = q[j] >> 4 | (int)((fifth >> (2 * j + 1)) & 1) << 4;
    y[2 * j] = (float)(low - zero) * d + m;
    y[2 * j + 1] = (float)(high - zero) * d + m;
  }
}

// y[j], y[j + 16] from byte j.
WB_INLINE void halves(const uint8_t *q, int zero, float d, float m, float *y) {
  for (int j = 0; j < 16; ++j) {
    y[j] = (float)((q[j] & 15) - zero) * d + m;
    y[j + 16] = (float)((q[j] >> 4) - zero) * d + m;
  }
}

WB_INLINE void q4_0_pairs_block(const uint8_t *at, float *y) {
  pairs(at + 4, 16, 0, 8, load_float(at), 0, y);
}
DECODER(q4_0_pairs, 20, 32)
WB_INLINE void q4_1_pairs_block(const uint8_t *at, float *y) {
  pairs(at + 8, 16, 0, 0, load_float(at), load_float(at + 4), y);
}
DECODER(q4_1_pairs, 24, 32)
WB_INLINE void q5_0_pairs_block(const uint8_t *at, float *y) {
  pairs(at + 6, 16, wb_load32(at + 2), 16, wb_load_half(at), 0, y);
}
DECODER(q5_0_pairs, 22, 32)
WB_INLINE void q5_1_pairs_block(const uint8_t *at, float *y) {
  pairs(at + 8, 16, wb_load32(at + 4), 0, wb_load_half(at), wb_load_half(at + 2), y);
}
DECODER(q5_1_pairs, 24, 32)
WB_INLINE void q4_0_wide_block(const uint8_t *at, float *y) {
  halves(at + 4, 8, load_float(at), 0, y);
}
DECODER(q4_0_wide, 20, 32)
WB_INLINE void q4_1_wide_block(const uint8_t *at, float *y) {
  halves(at + 8, 0, load_float(at), load_float(at + 4), y);
}
DECODER(q4_1_wide, 24, 32)
WB_INLINE void q8_0_wide_block(const uint8_t *at, float *y) {
  const float d = load_float(at);
  for (int j = 0; j < 32; ++j) y[j] = (float)(int8_t)at[4 + j] * d;
}
DECODER(q8_0_wide, 36, 32)

// 4 sub-blocks of 16: scale and minimum in 4 bits each, codes in 2; byte l holds l, l + 16, …
WB_INLINE void q2_k64_block(const uint8_t *at, float *y) {
  const uint8_t *q = at + 4;
  const float d = wb_load_half(at + 20);
  const float minimum = wb_load_half(at + 22);
  for (int part = 0; part < 4; ++part) {
    const float scale = d * (float)(at[part] & 15);
    const float offset = minimum * (float)(at[part] >> 4);
    for (int l = 0; l < 16; ++l) {
      y[16 * part + l] = scale * (float)((q[l] >> (2 * part)) & 3) - offset;
    }
  }
}
DECODER(q2_k64, 24, 64)

// 4 sub-blocks of 16: signed 4-bit scales, codes in 2 bits and a high bit whose absence takes 4 off;
// bit p of hmask[l] belongs to element 8p + l.
WB_INLINE void q3_k64_block(const uint8_t *at, float *y) {
  const uint8_t *q = at + 8;
  const float d = wb_load_half(at + 26);
  for (int part = 0; part < 4; ++part) {
    const int nibble = (at[24 + part / 2] >> (4 * (part & 1))) & 15;
    const float scale = d * (float)(nibble - 8);
    for (int l = 0; l < 16; ++l) {
      const int high = (at[l & 7] >> (2 * part + l / 8)) & 1;
      const int code = ((q[l] >> (2 * part)) & 3) - (high ? 0 : 4);
      y[16 * part + l] = scale * (float)code;
    }
  }
}
DECODER(q3_k64, 28, 64)

// 2 sub-blocks of 32: scale and minimum in 4 bits each, codes in 4; byte l holds l and l + 32.
WB_INLINE void q4_k64_block(const uint8_t *at, float *y) {
  const uint8_t *q = at + 6;
  const float d = wb_load_half(at);
  const float minimum = wb_load_half(at + 2);
  for (int part = 0; part < 2; ++part) {
    const float scale = d * (float)(at[4 + part] & 15);
    const float offset = minimum * (float)(at[4 + part] >> 4);
    for (int l = 0; l < 32; ++l) {
      y[32 * part + l] = scale * (float)((q[l] >> (4 * part)) & 15) - offset;
    }
  }
}
DECODER(q4_k64, 38, 64)

// 4 sub-blocks of 16: scales of 8 bits, codes in 4 bits and a high bit whose absence takes 16 off.
WB_INLINE void q5_k64_block(const uint8_t *at, float *y) {
  const uint8_t *high = at + 6;
  const uint8_t *q = at + 14;
  const float d = wb_load_half(at);
  for (int part = 0; part < 4; ++part) {
    const float scale = d * (float)(int8_t)at[2 + part];
    for (int l = 0; l < 16; ++l) {
      const int nibble = (q[16 * (part & 1) + l] >> (4 * (part / 2))) & 15;
      const int bit = (high[l & 7] >> (2 * part + l / 8)) & 1;
      y[16 * part + l] = scale * (float)(nibble - (bit ? 0 : 16));
    }
  }
}
DECODER(q5_k64, 46, 64)

// 4 sub-blocks of 16: scales of 8 bits, codes in 4 low and 2 high bits, less 32.
WB_INLINE void q6_k64_block(const uint8_t *at, float *y) {
  const uint8_t *high = at + 32;
  const float d = wb_load_half(at + 52);
  for (int part = 0; part < 4; ++part) {
    const float scale = d * (float)(int8_t)at[48 + part];
    for (int l = 0; l < 16; ++l) {
      const int low = (at[16 * (part & 1) + l] >> (4 * (part / 2))) & 15;
      const int code = (low | ((high[l] >> (2 * part)) & 3) << 4) - 32;
      y[16 * part + l] = scale * (float)code;
    }
  }
}
DECODER(q6_k64, 54, 64)
