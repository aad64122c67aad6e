// The nearest neighbour of a word that is not in the codebook: the first with the least sum of errors.
#pragma STDC FP_CONTRACT OFF

// The errors of a group of elements: table[element << bits | code]. Lookups may read past the last.
typedef struct {
  float table[40];
} ErrorTable;

// The nearest neighbour, its error, and what the errors of all others are at least.
typedef struct {
  uint16_t word;
  float error, others;
} Nearest;

static const float no_error = 3.402823466e38f;

// Σ of the errors of a word's codes, in the order of the elements.
WB_INLINE float word_error(int bits, const ErrorTable *errors, uint32_t word) {
  const int group = bits == 2 ? 8 : 4;
  float sum = 0;
  for (int i = 0; i < group; ++i) {
    sum += errors->table[(uint32_t)i << bits | ((word >> (bits * i)) & ((1u << bits) - 1))];
  }
  return sum;
}

// Sixteen neighbours at a time, in whole.
FIT_INLINE Nearest least_of_all(const uint16_t *list, int bits, const ErrorTable *errors) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int group = bits == 2 ? 8 : 4, count = list[0];
  Nearest nearest = {list[1], no_error, no_error};
  for (int at = 0; at < count; at += WIDTH) {
    vh stored;
    memcpy(&stored, list + 1 + at, sizeof stored);
    const vi words = __builtin_convertvector(stored, vi);
    vf error = 0;
    for (int i = 0; i < group; ++i) {
      const vi code = (words >> (bits * i)) & ((1 << bits) - 1);
      const int shared = bits == 2 ? (i & 1) << 2 : 0;  // a table of eight serves two elements
      error += lookup8(errors->table + (i << bits) - shared, code | shared);
    }
    error = ((error < no_error) & (lane + at < count)) ? error : (vf)no_error;
    const float least = reduce_min(error);
    const int first = __builtin_ctz(mask_of(error == least, (vi)0) | 1u << (WIDTH - 1));
    const float others = reduce_min(lane == first ? (vf)no_error : error);
    if (least < nearest.error) {
      nearest.others = others < nearest.error ? others : nearest.error;
      nearest.error = least;
      nearest.word = list[1 + at + first];
    } else if (least < nearest.others) {
      nearest.others = least;
    }
  }
  return nearest;
}

#ifdef LANES_BYTES
// The errors as bytes, in units of which the bound has 240: 32 neighbours at a time are summed by
// looking up half bytes. Each code's error is rounded by at most half a unit, so the words that can be
// the nearest are those within `group` units of the least sum; they alone are compared exactly.
enum { BYTE_UNITS = 240, MOST_NEIGHBOURS = 1024 };

WB_INLINE __m256i error_bytes(const ErrorTable *errors, float factor) {
  __m256i parts[4];
  for (int i = 0; i < 4; ++i) {
    const __m256 scaled =
        _mm256_mul_ps(_mm256_loadu_ps(errors->table + 8 * i), _mm256_set1_ps(factor));
    parts[i] = _mm256_cvtps_epi32(_mm256_min_ps(scaled, _mm256_set1_ps(255)));
  }
  const __m256i packed = _mm256_packus_epi16(
      _mm256_packs_epi32(parts[0], parts[1]), _mm256_packs_epi32(parts[2], parts[3]));
  return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

// Tables for four parts of a word. Codes of two bits: two neighbouring codes are one index of four bits.
// Codes of three bits: one code, and a table serves two of them.
typedef struct {
  __m256i part[4];
} ByteTables;

WB_INLINE ByteTables byte_tables(int bits, const ErrorTable *errors, float factor) {
  const __m256i bytes = error_bytes(errors, factor);
  ByteTables tables;
  if (bits == 3) {
    tables.part[0] = tables.part[1] = _mm256_permute2x128_si256(bytes, bytes, 0x00);
    tables.part[2] = tables.part[3] = _mm256_permute2x128_si256(bytes, bytes, 0x11);
    return tables;
  }
  const __m256i first = _mm256_set1_epi32(0x03020100);
  const __m256i second =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7));
  const __m256i eight = _mm256_set1_epi8(8);
  const __m256i even =
      _mm256_adds_epu8(_mm256_shuffle_epi8(bytes, first), _mm256_shuffle_epi8(bytes, second));
  const __m256i odd = _mm256_adds_epu8(
      _mm256_shuffle_epi8(bytes, _mm256_or_si256(first, eight)),
      _mm256_shuffle_epi8(bytes, _mm256_or_si256(second, eight)));
  tables.part[0] = _mm256_permute2x128_si256(even, even, 0x00);
  tables.part[1] = _mm256_permute2x128_si256(odd, odd, 0x00);
  tables.part[2] = _mm256_permute2x128_si256(even, even, 0x11);
  tables.part[3] = _mm256_permute2x128_si256(odd, odd, 0x11);
  return tables;
}

// The sums of 32 neighbours.
WB_INLINE __m256i byte_sums(int bits, const ByteTables *tables, const uint16_t *words) {
  const __m256i a = _mm256_loadu_si256((const __m256i *)words);
  const __m256i b = _mm256_loadu_si256((const __m256i *)(words + 16));
  const int half = bits == 2 ? 8 : 6, step = bits == 2 ? 4 : 3;
  const __m256i half_mask = _mm256_set1_epi16((int16_t)((1 << half) - 1));
  const __m256i mask = _mm256_set1_epi8((int8_t)((1 << step) - 1));
  const __m256i low =
      _mm256_packus_epi16(_mm256_and_si256(a, half_mask), _mm256_and_si256(b, half_mask));
  const __m256i high = _mm256_packus_epi16(_mm256_srli_epi16(a, half), _mm256_srli_epi16(b, half));
  const __m256i upper = _mm256_set1_epi8(bits == 2 ? 0 : 8);
  const __m256i index[4] = {
      _mm256_and_si256(low, mask),
      _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(low, step), mask), upper),
      _mm256_and_si256(high, mask),
      _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi16(high, step), mask), upper)};
  const __m256i sums = _mm256_adds_epu8(
      _mm256_adds_epu8(
          _mm256_shuffle_epi8(tables->part[0], index[0]),
          _mm256_shuffle_epi8(tables->part[1], index[1])),
      _mm256_adds_epu8(
          _mm256_shuffle_epi8(tables->part[2], index[2]),
          _mm256_shuffle_epi8(tables->part[3], index[3])));
  return _mm256_permute4x64_epi64(sums, 0xd8);  // the packing interleaved the halves
}

WB_INLINE int least_byte(__m256i bytes) {
  const __m128i half =
      _mm_min_epu8(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  const __m128i words = _mm_min_epu8(half, _mm_srli_epi16(half, 8));
  return _mm_cvtsi128_si32(_mm_minpos_epu16(words)) & 255;
}

// Sets what lies beyond the end of a list to the highest byte.
WB_INLINE __m256i cut_sums(__m256i sums, int count) {
  const __m256i place = _mm256_setr_epi8(
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
      26, 27, 28, 29, 30, 31);
  return _mm256_or_si256(sums, _mm256_cmpgt_epi8(place, _mm256_set1_epi8((int8_t)(count - 1))));
}

FIT_INLINE Nearest least_neighbour(const uint16_t *list, int bits, const ErrorTable *errors) {
  const int count = list[0], group = bits == 2 ? 8 : 4, vectors = (count + 31) / 32;
  if (count <= WIDTH || count > MOST_NEIGHBOURS) return least_of_all(list, bits, errors);
  const float bound = word_error(bits, errors, list[1]);
  if (!(bound > 1e-30f && bound < 1e30f)) return least_of_all(list, bits, errors);
  const ByteTables tables = byte_tables(bits, errors, BYTE_UNITS / bound);
  __m256i sums[MOST_NEIGHBOURS / 32], least = _mm256_set1_epi8(-1);
  for (int v = 0; v < vectors; ++v) {
    sums[v] = byte_sums(bits, &tables, list + 1 + 32 * v);
    if (v == vectors - 1) sums[v] = cut_sums(sums[v], count - 32 * v);
    least = _mm256_min_epu8(least, sums[v]);
  }
  const int limit = least_byte(least) + group;
  if (limit >= 255) return least_of_all(list, bits, errors);
  const __m256i limits = _mm256_set1_epi8((int8_t)limit);
  // What is beyond the limit is half a unit for each code less than its sum, at least.
  Nearest nearest = {list[1], no_error, ((float)(limit - group / 2) + 0.9f) * (bound / BYTE_UNITS)};
  for (int v = 0; v < vectors; ++v) {
    const __m256i within = _mm256_cmpeq_epi8(_mm256_min_epu8(sums[v], limits), sums[v]);
    uint32_t mask = (uint32_t)_mm256_movemask_epi8(within);
    for (; mask != 0; mask &= mask - 1) {
      const uint16_t word = list[1 + 32 * v + __builtin_ctz(mask)];
      const float error = word_error(bits, errors, word);
      if (error < nearest.error) {
        nearest.others = nearest.error < nearest.others ? nearest.error : nearest.others;
        nearest.error = error;
        nearest.word = word;
      } else if (error < nearest.others) {
        nearest.others = error;
      }
    }
  }
  return nearest;
}
#else
FIT_INLINE Nearest least_neighbour(const uint16_t *list, int bits, const ErrorTable *errors) {
  return least_of_all(list, bits, errors);
}
#endif
