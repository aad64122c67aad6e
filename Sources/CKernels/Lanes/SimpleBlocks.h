// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0.
#pragma STDC FP_CONTRACT OFF

#include "SimpleBlockFits.h"

// With importance: `pack` runs with `to`, `scale`, `minimum`, and the vectors `low` and `high`.
#define EACH_WEIGHTED_BLOCK(limit, affine, bytes, pack)                                   \
  float sigmas[WIDTH];                                                                    \
  for (size_t row = 0; row < rows; ++row) {                                               \
    const float sigma = row_sigma(x, row, rows, row_length, sigmas);                      \
    for (size_t at = 0; at < row_length; at += WIDTH * 32) {                              \
      const size_t left = (row_length - at) / 32, blocks = left < WIDTH ? left : WIDTH;   \
      float scales[WIDTH], minimums[WIDTH];                                               \
      uint8_t all_codes[WIDTH * 32];                                                      \
      weighted_blocks(                                                                    \
          limit, affine, x, importance + at, sigma, blocks, scales, minimums, all_codes); \
      for (size_t i = 0; i < blocks; ++i, x += 32, to += bytes) {                         \
        const float scale = scales[i], minimum = affine ? minimums[i] : 0;                \
        const CodeBytes codes = {                                                         \
            load_bytes(all_codes + 32 * i), load_bytes(all_codes + 32 * i + 16)};         \
        (void)minimum;                                                                    \
        pack                                                                              \
      }                                                                                   \
    }                                                                                     \
  }

#define EACH_PLAIN_BLOCK(bytes, ...)                                                      \
  for (size_t block = 0; block < rows * row_length / 32; ++block, x += 32, to += bytes) { \
    CodeBytes codes;                                                                      \
    __VA_ARGS__                                                                           \
  }

#define PACK_Q4_0                 \
  {                               \
    store_half(to, scale);        \
    store_nibbles(to + 2, codes); \
  }

LANE_ENCODER(q4_0) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(8, false, 18, PACK_Q4_0)
    return;
  }
  EACH_PLAIN_BLOCK(18, {
    const float scale = symmetric_block(load_block(x), 8, &codes);
    PACK_Q4_0
  })
}

#define PACK_Q4_1                 \
  {                               \
    store_half(to, scale);        \
    store_half(to + 2, minimum);  \
    store_nibbles(to + 4, codes); \
  }

LANE_ENCODER(q4_1) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(15, true, 20, PACK_Q4_1)
    return;
  }
  EACH_PLAIN_BLOCK(20, {
    float minimum;
    const float scale = affine_block(load_block(x), 15, &minimum, &codes);
    PACK_Q4_1
  })
}

#define PACK_Q5_0                           \
  {                                         \
    store_half(to, scale);                  \
    store_five_bits(to + 2, to + 6, codes); \
  }

LANE_ENCODER(q5_0) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(16, false, 22, PACK_Q5_0)
    return;
  }
  EACH_PLAIN_BLOCK(22, {
    const float scale = symmetric_block(load_block(x), 16, &codes);
    PACK_Q5_0
  })
}

#define PACK_Q5_1                           \
  {                                         \
    store_half(to, scale);                  \
    store_half(to + 2, minimum);            \
    store_five_bits(to + 4, to + 8, codes); \
  }

LANE_ENCODER(q5_1) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(31, true, 24, PACK_Q5_1)
    return;
  }
  EACH_PLAIN_BLOCK(24, {
    float minimum;
    const float scale = affine_block(load_block(x), 31, &minimum, &codes);
    PACK_Q5_1
  })
}

// Half away from zero: a hair less than ½ is added, then the fraction is cut.
WB_INLINE vi round_away(vf value) {
  const vi sign = bits_of(value) & INT32_MIN;
  return truncate(value + floats_of(sign | 0x3effffff));
}

LANE_ENCODER(q8_0) {
  (void)importance;
  uint8_t *to = out;
  EACH_PLAIN_BLOCK(34, {
    const Block b = load_block(x);
    float greatest, least;
    extremes(b, 0, &greatest, &least);
    const float scale = (greatest > -least ? greatest : -least) / 127;
    const float inverse = wb_inverse(scale);
    codes = low_bytes(round_away(b.low * inverse), round_away(b.high * inverse));
    store_half(to, scale);
    store_bytes(to + 2, codes.low);
    store_bytes(to + 18, codes.high);
  })
}
