// A block of 32 neighbours as two vectors: its range, its scale, its codes.
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

// The greatest element and the least; NaN counts as neither. An empty range is 0.
WB_INLINE void extremes(Block x, float start, float *greatest, float *least) {
  vf most = start, fewest = -start;
  most = x.low > most ? x.low : most;
  most = x.high > most ? x.high : most;
  fewest = x.low < fewest ? x.low : fewest;
  fewest = x.high < fewest ? x.high : fewest;
  const vf8 a = most.lo > most.hi ? most.lo : most.hi;
  const vf8 b = fewest.lo < fewest.hi ? fewest.lo : fewest.hi;
  // Both at once from here on: the least as the greatest of the negatives.
  const vf8 c = __builtin_shufflevector(a, -b, 0, 1, 2, 3, 8, 9, 10, 11);
  const vf8 d = __builtin_shufflevector(a, -b, 4, 5, 6, 7, 12, 13, 14, 15);
  vf8 e = c > d ? c : d;
  vf8 f = __builtin_shufflevector(e, e, 2, 3, 0, 1, 6, 7, 4, 5);
  e = e > f ? e : f;
  f = __builtin_shufflevector(e, e, 1, 0, 3, 2, 5, 4, 7, 6);
  e = e > f ? e : f;
  *greatest = e[0];
  *least = -e[4];
}

// The element furthest from zero; the first of equals.
WB_INLINE float block_peak(Block x) {
  float greatest, least;
  extremes(x, 0, &greatest, &least);
  if (greatest > -least) return greatest;
  if (greatest < -least) return least;
  if (greatest == 0) return 0;
  const uint32_t up = mask_of(x.low == greatest, x.high == greatest);
  const uint32_t down = mask_of(x.low == least, x.high == least);
  // The lower lowest bit came first.
  return (up & -up) - 1 < (down & -down) - 1 ? greatest : least;
}

// The low bytes of 32 codes, each of which fits sixteen bits or is what `truncate` makes of what does
// not fit 32.
typedef struct {
  vb low, high;
} CodeBytes;

WB_INLINE CodeBytes low_bytes(vi low, vi high) {
#ifdef LANES_BYTES
  const __m256i mask = _mm256_set1_epi16(255);
  const __m256i a = _mm256_packs_epi32((__m256i)low.lo, (__m256i)low.hi);
  const __m256i b = _mm256_packs_epi32((__m256i)high.lo, (__m256i)high.hi);
  const __m256i bytes = _mm256_permutevar8x32_epi32(
      _mm256_packus_epi16(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask)),
      _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  return (CodeBytes){(vb)_mm256_castsi256_si128(bytes), (vb)_mm256_extracti128_si256(bytes, 1)};
#else
  return (CodeBytes){narrow(low & 255), narrow(high & 255)};
#endif
}

WB_INLINE vb least_bytes(vb codes, uint8_t limit) {
  return __builtin_elementwise_min(codes, (vb)limit);
}

WB_INLINE void store_nibbles(uint8_t *to, CodeBytes codes) {
  store_bytes(to, codes.low | codes.high << 4);
}

// A bit for each byte of which `bit` is set.
WB_INLINE uint32_t bit_mask(CodeBytes codes, int bit) {
#ifdef LANES_BYTES
  const __m256i bytes = _mm256_set_m128i((__m128i)codes.high, (__m128i)codes.low);
  return (uint32_t)_mm256_movemask_epi8(_mm256_slli_epi16(bytes, 7 - bit));
#else
  return mask_of((widen(codes.low) & (1 << bit)) != 0, (widen(codes.high) & (1 << bit)) != 0);
#endif
}

WB_INLINE void store_five_bits(uint8_t *word, uint8_t *nibbles, CodeBytes codes) {
  wb_store32(word, bit_mask(codes, 4));
  store_bytes(nibbles, (codes.low & 15) | (codes.high & 15) << 4);
}

// Codes of 0 … 2 · limit − 1; returns the scale. What does not fit an integer has a low byte of 0, and
// all others are 0 … 2 · limit: as signed bytes, which the definition takes, they are the same.
WB_INLINE float symmetric_block(Block x, int32_t limit, CodeBytes *codes) {
  const float scale = block_peak(x) / (float)-limit;
  const float inverse = wb_inverse(scale);
  const float middle = (float)limit + 0.5f;
  *codes = low_bytes(truncate(x.low * inverse + middle), truncate(x.high * inverse + middle));
  codes->low = least_bytes(codes->low, (uint8_t)(2 * limit - 1));
  codes->high = least_bytes(codes->high, (uint8_t)(2 * limit - 1));
  return scale;
}

// Codes of 0 … limit; returns the scale and the minimum. −0 and 0 may change places with the scalar
// twin in a minimum, which is why `low` is looked up below.
WB_INLINE float affine_block(Block x, int32_t limit, float *minimum, CodeBytes *codes) {
  float greatest, least;
  extremes(x, -3.402823466e38f, &greatest, &least);
  if (least == 0) {
    // Which zero came first decides the sign, and a comparison cannot tell them apart.
    const uint32_t zeros = mask_of(x.low == 0.0f, x.high == 0.0f);
    const uint32_t signs = mask_of(bits_of(x.low) < 0, bits_of(x.high) < 0);
    least = (zeros & -zeros) & signs ? -0.0f : 0.0f;
    greatest += 0.0f;  // a greatest of −0 would make the scale of zeros −0
  }
  const float scale = (greatest - least) / (float)limit;
  const float inverse = wb_inverse(scale);
  const vf first = (x.low - least) * inverse + 0.5f, second = (x.high - least) * inverse + 0.5f;
  *codes = low_bytes(truncate(first), truncate(second));
  if (limit == 15) {
    codes->low = least_bytes(codes->low, 15);
    codes->high = least_bytes(codes->high, 15);
  }
  *minimum = least;
  return scale;
}

// Sixteen neighbouring blocks of one row, weighed and transposed.
static void weighted_columns(
    const float *x, const float *importance, float sigma, size_t blocks, vf *columns, vf *weights) {
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
