// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: 32 neighbours a block, so two vectors.
#pragma STDC FP_CONTRACT OFF

typedef struct {
  vf low, high;  // elements 0 … 15 and 16 … 31
} Block;

WB_INLINE Block load_block(const float *x) { return (Block){load_floats(x), load_floats(x + 16)}; }

// The largest magnitude, as bits, which order as the floats do; NaN counts as nothing.
WB_INLINE int32_t largest_bits(Block x) {
  vi a = bits_of(magnitude(x.low)), b = bits_of(magnitude(x.high));
  a = a > 0x7f800000 ? (vi)0 : a;
  b = b > 0x7f800000 ? (vi)0 : b;
  return __builtin_reduce_max(__builtin_elementwise_max(a, b));
}

WB_INLINE uint32_t mask_of(vi low, vi high) {
#ifdef LANES_MASK
  return LANES_MASK(low) | LANES_MASK(high) << 16;
#else
  uint32_t mask = 0;
  for (int i = 0; i < WIDTH; ++i) {
    mask |= (uint32_t)(low[i] & 1) << i | (uint32_t)(high[i] & 1) << (i + 16);
  }
  return mask;
#endif
}

// The element furthest from zero; the first of equals.
WB_INLINE float block_peak(Block x) {
  const int32_t bits = largest_bits(x);
  if (bits == 0) return 0;
  const float largest = wb_float((uint32_t)bits);
  const uint32_t up = mask_of(x.low == largest, x.high == largest);
  const uint32_t down = mask_of(x.low == -largest, x.high == -largest);
  // The lower lowest bit came first.
  return (up & -up) - 1 < (down & -down) - 1 ? largest : -largest;
}

WB_INLINE vi signed_byte(vi value) { return (value << 24) >> 24; }

WB_INLINE vi signed_byte_code(vf value, int32_t highest) {
  return __builtin_elementwise_min(signed_byte(truncate(value)), (vi)highest) & 255;
}

WB_INLINE void store_nibbles(uint8_t *to, vi low, vi high) {
  store_bytes(to, narrow((low | high << 4) & 255));
}

WB_INLINE void store_five_bits(uint8_t *word, uint8_t *nibbles, vi low, vi high) {
  wb_store32(word, mask_of((low & 16) != 0, (high & 16) != 0));
  store_bytes(nibbles, narrow((low & 15) | (high & 15) << 4));
}

// Codes of 0 … 2 · limit − 1; returns the scale.
WB_INLINE float symmetric_block(Block x, int32_t limit, vi *low, vi *high) {
  const float scale = block_peak(x) / (float)-limit;
  const float inverse = wb_inverse(scale);
  *low = signed_byte_code(x.low * inverse + ((float)limit + 0.5f), 2 * limit - 1);
  *high = signed_byte_code(x.high * inverse + ((float)limit + 0.5f), 2 * limit - 1);
  return scale;
}

WB_INLINE float reduce_min(vf value) {
  vf8 a = value.lo < value.hi ? value.lo : value.hi;
  vf8 b = __builtin_shufflevector(a, a, 4, 5, 6, 7, 4, 5, 6, 7);
  a = b < a ? b : a;
  b = __builtin_shufflevector(a, a, 2, 3, 2, 3, 2, 3, 2, 3);
  a = b < a ? b : a;
  b = __builtin_shufflevector(a, a, 1, 1, 1, 1, 1, 1, 1, 1);
  a = b < a ? b : a;
  return a[0];
}

// Codes of 0 … limit; returns the scale and the minimum. −0 and 0 may change places with the scalar
// twin in a minimum, which is why `low` is looked up below.
WB_INLINE float affine_block(Block x, int32_t limit, float *minimum, vi *low, vi *high) {
  const vf most = 3.402823466e38f;
  const vf a = x.low < most ? x.low : most, b = x.high < most ? x.high : most;
  const vf c = x.low > -most ? x.low : -most, d = x.high > -most ? x.high : -most;
  float least = reduce_min(a < b ? a : b);
  const float greatest = -reduce_min(-(c > d ? c : d));
  if (least == 0) {
    // Which zero came first decides the sign, and a comparison cannot tell them apart.
    const uint32_t zeros = mask_of(x.low == 0.0f, x.high == 0.0f);
    const uint32_t signs = mask_of(bits_of(x.low) < 0, bits_of(x.high) < 0);
    least = (zeros & -zeros) & signs ? -0.0f : 0.0f;
  }
  const float scale = (greatest - least) / (float)limit;
  const float inverse = wb_inverse(scale);
  const vf first = (x.low - least) * inverse + 0.5f, second = (x.high - least) * inverse + 0.5f;
  if (limit == 15) {
    *low = signed_byte_code(first, 15);
    *high = signed_byte_code(second, 15);
  } else {
    *low = truncate(first) & 255;
    *high = truncate(second) & 255;
  }
  *minimum = least;
  return scale;
}

// Sixteen neighbouring blocks of one row, weighed and transposed.
static void weighted_columns(
    const float *x, const float *importance, float sigma, size_t blocks, vf *columns,
    vf *weights) {
  float plain[WIDTH * 32];
  const float *rows[WIDTH];
  weigh(32 * blocks, x, importance, sigma, plain);
  lane_rows(plain, 32, blocks, rows);
  transpose(rows, 32, weights);
  lane_rows(x, 32, blocks, rows);
  transpose(rows, 32, columns);
}

// The fit of sixteen blocks with importance: a scale and, if `affine`, a minimum; codes as bytes.
FIT_INLINE void weighted_blocks(
    int32_t limit, bool affine, const float *x, const float *importance, float sigma, size_t blocks,
    float *scales, float *minimums, uint8_t *codes) {
  vf columns[32], weights[32];
  float inverses[WIDTH];
  weighted_columns(x, importance, sigma, blocks, columns, weights);
  if (affine) {
    const wb_search search = {-0.9f, 0.05f, 36, false};
    const AffineFit fit = fit_affine(32, limit, columns, weights, search);
    float origins[WIDTH];
    store_floats(scales, fit.scale);
    store_floats(minimums, fit.base);
    store_floats(inverses, fit.inverse);
    store_floats(origins, fit.origin);
    for (size_t i = 0; i < blocks; ++i) {
      round_affine(32, limit, x + 32 * i, 0, 0, inverses[i], origins[i], codes + 32 * i);
    }
  } else {
    const SymmetricFit fit = fit_symmetric(32, limit, columns, weights, false);
    store_floats(scales, fit.scale);
    store_floats(inverses, fit.inverse);
    for (size_t i = 0; i < blocks; ++i) {
      round_symmetric(limit, x + 32 * i, 0, inverses[i], codes + 32 * i);
      round_symmetric(limit, x + 32 * i + 16, 0, inverses[i], codes + 32 * i + 16);
    }
  }
}

// Σ x² / length of sixteen rows at a time; `row` selects the result.
WB_INLINE float row_sigma(
    const float *x, size_t row, size_t rows, size_t row_length, float *sigmas) {
  if (row % WIDTH == 0) {
    const float *pieces[WIDTH];
    lane_rows(x, row_length, rows - row < WIDTH ? rows - row : WIDTH, pieces);
    store_floats(sigmas, sums_of_squares(pieces, row_length) / (float)row_length);
  }
  return sigmas[row % WIDTH];
}

// With importance: `pack` runs with `to`, `scale`, `minimum`, and the vectors `low` and `high`.
#define EACH_WEIGHTED_BLOCK(limit, affine, bytes, pack)                                          \
  float sigmas[WIDTH];                                                                           \
  for (size_t row = 0; row < rows; ++row) {                                                      \
    const float sigma = row_sigma(x, row, rows, row_length, sigmas);                             \
    for (size_t at = 0; at < row_length; at += WIDTH * 32) {                                     \
      const size_t left = (row_length - at) / 32, blocks = left < WIDTH ? left : WIDTH;          \
      float scales[WIDTH], minimums[WIDTH];                                                      \
      uint8_t codes[WIDTH * 32];                                                                 \
      weighted_blocks(                                                                           \
          limit, affine, x, importance + at, sigma, blocks, scales, minimums, codes);            \
      for (size_t i = 0; i < blocks; ++i, x += 32, to += bytes) {                                \
        const float scale = scales[i], minimum = affine ? minimums[i] : 0;                       \
        const vi low = widen(load_bytes(codes + 32 * i));                                        \
        const vi high = widen(load_bytes(codes + 32 * i + 16));                                  \
        (void)minimum;                                                                           \
        pack                                                                                     \
      }                                                                                          \
    }                                                                                            \
  }

#define EACH_PLAIN_BLOCK(bytes, ...)                                             \
  for (size_t block = 0; block < rows * row_length / 32; ++block, x += 32, to += bytes) { \
    vi low, high;                                                                 \
    __VA_ARGS__                                                                          \
  }

#define PACK_Q4_0             \
  {                           \
    store_half(to, scale);    \
    store_nibbles(to + 2, low, high); \
  }

LANE_ENCODER(q4_0) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(8, false, 18, PACK_Q4_0)
    return;
  }
  EACH_PLAIN_BLOCK(18, {
    const float scale = symmetric_block(load_block(x), 8, &low, &high);
    PACK_Q4_0
  })
}

#define PACK_Q4_1                \
  {                              \
    store_half(to, scale);       \
    store_half(to + 2, minimum); \
    store_nibbles(to + 4, low, high); \
  }

LANE_ENCODER(q4_1) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(15, true, 20, PACK_Q4_1)
    return;
  }
  EACH_PLAIN_BLOCK(20, {
    float minimum;
    const float scale = affine_block(load_block(x), 15, &minimum, &low, &high);
    PACK_Q4_1
  })
}

#define PACK_Q5_0                                \
  {                                              \
    store_half(to, scale);                       \
    store_five_bits(to + 2, to + 6, low, high);  \
  }

LANE_ENCODER(q5_0) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(16, false, 22, PACK_Q5_0)
    return;
  }
  EACH_PLAIN_BLOCK(22, {
    const float scale = symmetric_block(load_block(x), 16, &low, &high);
    PACK_Q5_0
  })
}

#define PACK_Q5_1                                \
  {                                              \
    store_half(to, scale);                       \
    store_half(to + 2, minimum);                 \
    store_five_bits(to + 4, to + 8, low, high);  \
  }

LANE_ENCODER(q5_1) {
  uint8_t *to = out;
  if (importance) {
    EACH_WEIGHTED_BLOCK(31, true, 24, PACK_Q5_1)
    return;
  }
  EACH_PLAIN_BLOCK(24, {
    float minimum;
    const float scale = affine_block(load_block(x), 31, &minimum, &low, &high);
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
    const float scale = wb_float((uint32_t)largest_bits(b)) / 127;
    const float inverse = wb_inverse(scale);
    low = round_away(b.low * inverse);
    high = round_away(b.high * inverse);
    store_half(to, scale);
    store_bytes(to + 2, narrow(low & 255));
    store_bytes(to + 18, narrow(high & 255));
  })
}
