// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.
#pragma STDC FP_CONTRACT OFF

#include "SimpleBlockFits.h"

// Stores a block's scale, the least of its numbers and its codes.
typedef void (*PackBlock)(uint8_t *to, float scale, float minimum, CodeBytes codes);

// Encodes 32 numbers without importance.
typedef void (*EncodeBlock)(const float *x, uint8_t *to);

WB_INLINE void encode_weighted_blocks(
    int limit, bool affine, size_t bytes, PackBlock pack, const float *x, size_t rows,
    size_t row_length, const float *importance, uint8_t *to) {
  float sigmas[WIDTH];
  for (size_t row = 0; row < rows; ++row) {
    const float sigma = row_sigma(x, row, rows, row_length, sigmas);
    for (size_t at = 0; at < row_length; at += WIDTH * 32) {
      const size_t left = (row_length - at) / 32, blocks = left < WIDTH ? left : WIDTH;
      float scales[WIDTH], minimums[WIDTH];
      uint8_t all_codes[WIDTH * 32];
      weighted_blocks(
          limit, affine, x, importance + at, sigma, blocks, scales, minimums, all_codes);
      for (size_t i = 0; i < blocks; ++i, x += 32, to += bytes) {
        const CodeBytes codes = {
            load_bytes(all_codes + 32 * i), load_bytes(all_codes + 32 * i + 16)};
        pack(to, scales[i], affine ? minimums[i] : 0, codes);
      }
    }
  }
}

WB_INLINE void encode_plain_blocks(
    size_t bytes, EncodeBlock encode, const float *x, size_t count, uint8_t *to) {
  for (size_t block = 0; block < count / 32; ++block, x += 32, to += bytes) encode(x, to);
}

WB_INLINE void pack_q4_0(uint8_t *to, float scale, float minimum, CodeBytes codes) {
  (void)minimum;
  store_half(to, scale);
  store_nibbles(to + 2, codes);
}

WB_INLINE void plain_q4_0(const float *x, uint8_t *to) {
  CodeBytes codes;
  const float scale = symmetric_block(load_block(x), 8, &codes);
  pack_q4_0(to, scale, 0, codes);
}

LANE_ENCODER(q4_0) {
  if (importance) {
    encode_weighted_blocks(8, false, 18, pack_q4_0, x, rows, row_length, importance, out);
  } else {
    encode_plain_blocks(18, plain_q4_0, x, rows * row_length, out);
  }
}

WB_INLINE void pack_q4_1(uint8_t *to, float scale, float minimum, CodeBytes codes) {
  store_half(to, scale);
  store_half(to + 2, minimum);
  store_nibbles(to + 4, codes);
}

WB_INLINE void plain_q4_1(const float *x, uint8_t *to) {
  CodeBytes codes;
  float minimum;
  const float scale = affine_block(load_block(x), 15, &minimum, &codes);
  pack_q4_1(to, scale, minimum, codes);
}

LANE_ENCODER(q4_1) {
  if (importance) {
    encode_weighted_blocks(15, true, 20, pack_q4_1, x, rows, row_length, importance, out);
  } else {
    encode_plain_blocks(20, plain_q4_1, x, rows * row_length, out);
  }
}

WB_INLINE void pack_q5_0(uint8_t *to, float scale, float minimum, CodeBytes codes) {
  (void)minimum;
  store_half(to, scale);
  store_five_bits(to + 2, to + 6, codes);
}

WB_INLINE void plain_q5_0(const float *x, uint8_t *to) {
  CodeBytes codes;
  const float scale = symmetric_block(load_block(x), 16, &codes);
  pack_q5_0(to, scale, 0, codes);
}

LANE_ENCODER(q5_0) {
  if (importance) {
    encode_weighted_blocks(16, false, 22, pack_q5_0, x, rows, row_length, importance, out);
  } else {
    encode_plain_blocks(22, plain_q5_0, x, rows * row_length, out);
  }
}

WB_INLINE void pack_q5_1(uint8_t *to, float scale, float minimum, CodeBytes codes) {
  store_half(to, scale);
  store_half(to + 2, minimum);
  store_five_bits(to + 4, to + 8, codes);
}

WB_INLINE void plain_q5_1(const float *x, uint8_t *to) {
  CodeBytes codes;
  float minimum;
  const float scale = affine_block(load_block(x), 31, &minimum, &codes);
  pack_q5_1(to, scale, minimum, codes);
}

LANE_ENCODER(q5_1) {
  if (importance) {
    encode_weighted_blocks(31, true, 24, pack_q5_1, x, rows, row_length, importance, out);
  } else {
    encode_plain_blocks(24, plain_q5_1, x, rows * row_length, out);
  }
}

// Half away from zero: a hair less than ½ is added, then the fraction is cut.
WB_INLINE vi round_away(vf value) {
  const vi sign = bits_of(value) & INT32_MIN;
  return truncate(value + floats_of(sign | 0x3effffff));
}

WB_INLINE void plain_q8_0(const float *x, uint8_t *to) {
  const Block b = load_block(x);
  float greatest, least;
  extremes(b, 0, &greatest, &least);
  const float scale = (greatest > -least ? greatest : -least) / 127;
  const float inverse = wb_inverse(scale);
  const CodeBytes codes = low_bytes(round_away(b.low * inverse), round_away(b.high * inverse));
  store_half(to, scale);
  store_bytes(to + 2, codes.low);
  store_bytes(to + 18, codes.high);
}

LANE_ENCODER(q8_0) {
  (void)importance;
  encode_plain_blocks(34, plain_q8_0, x, rows * row_length, out);
}
