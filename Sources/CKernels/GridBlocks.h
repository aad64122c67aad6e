// Super-blocks of IQ2 and IQ3 around the fits of their sub-blocks; `FIT` is the level's search.
// Included by the scalar kernels and by the lanes, so that the layout is written once.
#pragma STDC FP_CONTRACT OFF

// Codes of four bits for scales that stand for ½ + code, relative to the largest; false: all zero.
WB_INLINE bool grid_scale_codes(
    int subs, const wb_grid_fit *fits, float factor, uint8_t *codes, uint8_t *d) {
  float peak = 0;
  for (int j = 0; j < subs; ++j) peak = peak > fits[j].scale ? peak : fits[j].scale;
  if (peak == 0) return false;
  const float step = peak / 31;
  const float inverse = 1 / step;
  wb_store_half(d, step * factor);
  for (int j = 0; j < subs; ++j) {
    codes[j] = (uint8_t)wb_clamp(wb_nearest(0.5f * (inverse * fits[j].scale - 1)), 0, 15);
  }
  return true;
}

WB_INLINE uint32_t packed_signs(const wb_grid_fit *fit) {
  return (fit->signs[0] & 127u) | (fit->signs[1] & 127u) << 7 | (fit->signs[2] & 127u) << 14
         | (fit->signs[3] & 127u) << 21;
}

GRID_INLINE void store_iq2_xxs(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to) {
  uint8_t codes[8];
  memset(to, 0, 66);
  if (!grid_scale_codes(8, fits, 1.0f, codes, to)) return;
  for (int j = 0; j < 8; ++j) {
    for (int k = 0; k < 4; ++k) to[2 + 8 * j + k] = (uint8_t)grid->map[fits[j].words[k]];
    wb_store32(to + 6 + 8 * j, packed_signs(fits + j) | (uint32_t)codes[j] << 28);
  }
}

WB_INLINE void store_scale_nibbles(int subs, const uint8_t *codes, uint8_t *to) {
  for (int j = 0; j < subs; j += 2) to[j / 2] = (uint8_t)(codes[j] | codes[j + 1] << 4);
}

GRID_INLINE void store_iq2_xs(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to) {
  uint8_t codes[16];
  memset(to, 0, 74);
  if (!grid_scale_codes(16, fits, 1.0f, codes, to)) return;
  for (int group = 0; group < 32; ++group) {
    const wb_grid_fit *fit = fits + group / 2;
    const int32_t index = grid->map[fit->words[group % 2]];
    wb_store16(to + 2 + 2 * group, (uint16_t)(index | (fit->signs[group % 2] & 127) << 9));
  }
  store_scale_nibbles(16, codes, to + 66);
}

GRID_INLINE void store_iq2_s(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to) {
  uint8_t codes[16] = {0};
  memset(to, 0, 82);
  const bool any_scale = grid_scale_codes(16, fits, 0.9875f, codes, to);
  for (int group = 0; group < 32; ++group) {
    const wb_grid_fit *fit = fits + group / 2;
    const int32_t index = grid->map[fit->words[group % 2]];
    to[2 + group] = (uint8_t)index;
    to[34 + group] = fit->signs[group % 2];
    to[66 + group / 4] |= (uint8_t)((index >> 8) << (2 * (group % 4)));
  }
  if (any_scale) store_scale_nibbles(16, codes, to + 74);
}

GRID_INLINE void store_iq3_xxs(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to) {
  uint8_t codes[8];
  memset(to, 0, 98);
  if (!grid_scale_codes(8, fits, 1.0125f, codes, to)) return;
  for (int j = 0; j < 8; ++j) {
    for (int k = 0; k < 8; ++k) to[2 + 8 * j + k] = (uint8_t)grid->map[fits[j].words[k]];
    wb_store32(to + 66 + 4 * j, packed_signs(fits + j) | (uint32_t)codes[j] << 28);
  }
}

// Low bits and signs of sub-block j go to the place `places[j]`, high bits and scales to j.
WB_INLINE void place_iq3_s(
    const wb_grid *grid, const wb_grid_fit *fits, const int *places, uint8_t *to) {
  uint8_t codes[8] = {0};
  memset(to, 0, 110);
  const bool any_scale = grid_scale_codes(8, fits, 1.033f, codes, to);
  for (int j = 0; j < 8; ++j) {
    if (places[j] < 0) continue;
    for (int k = 0; k < 8; ++k) {
      const int32_t index = grid->map[fits[j].words[k]];
      to[2 + 8 * places[j] + k] = (uint8_t)index;
      to[66 + j] |= (uint8_t)((index >> 8) << k);
    }
    memcpy(to + 74 + 4 * places[j], fits[j].signs, 4);
  }
  if (any_scale) store_scale_nibbles(8, codes, to + 106);
}

// As ggml does: a zero sub-block takes no place, so that those behind it move up (E-1).
GRID_INLINE void store_iq3_s(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to) {
  int places[8], next = 0;
  for (int j = 0; j < 8; ++j) places[j] = fits[j].fitted ? next++ : -1;
  place_iq3_s(grid, fits, places, to);
}

GRID_INLINE void store_iq3_s_in_place(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to) {
  static const int places[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  place_iq3_s(grid, fits, places, to);
}

typedef enum { SQUARES, SQUARES_AND_MEAN, EVEN_IMPORTANCE } GridWeight;

// Weights of one sub-block. Without importance each encoding has its own rule.
WB_INLINE void grid_weights(
    int count, const float *x, const float *importance, float sigma, GridWeight plain,
    float *weights) {
  for (int i = 0; i < count; ++i) {
    const float square = x[i] * x[i];
    if (importance) {
      weights[i] = importance[i] * sqrtf(sigma + square);
    } else if (plain == SQUARES) {
      weights[i] = square;
    } else if (plain == SQUARES_AND_MEAN) {
      weights[i] = 0.25f * sigma + square;
    } else {
      weights[i] = sqrtf(sigma + square);
    }
  }
}

// The magnitudes, and the signs of each eight. Even signs: of an odd number of minus signs, the one
// that matters least changes, and its magnitude becomes negative.
WB_INLINE void take_signs(
    int count, bool even, const float *x, const float *weights, float *magnitudes, uint8_t *signs) {
  for (int k = 0; k < count / 8; ++k) {
    const float *from = x + 8 * k;
    uint32_t bits = 0;
    for (int i = 0; i < 8; ++i) {
      const bool positive = from[i] >= 0;
      magnitudes[8 * k + i] = positive ? from[i] : -from[i];
      bits |= (uint32_t)!positive << i;
    }
    if (even && __builtin_parity(bits)) {
      int least = 0;
      float smallest = weights[8 * k] * from[0] * from[0];
      for (int i = 1; i < 8; ++i) {
        const float loss = weights[8 * k + i] * from[i] * from[i];
        if (loss < smallest) {
          smallest = loss;
          least = i;
        }
      }
      magnitudes[8 * k + least] = -magnitudes[8 * k + least];
      bits ^= 1u << least;
    }
    signs[k] = (uint8_t)bits;
  }
}

// Stores what was fitted to the sub-blocks of a super-block.
typedef void (*StoreGrid)(const wb_grid *grid, const wb_grid_fit *fits, uint8_t *to);

#define SEARCH_IQ2_XXS \
  ((wb_grid_search){wb_grid_iq2_xxs(), 32, 3, 6, 0.1f, WB_TINY, true, true, true})
#define SEARCH_IQ2_XS \
  ((wb_grid_search){wb_grid_iq2_xs(), 16, 3, 9, 0.1f, WB_TINY, true, false, false})
#define SEARCH_IQ2_S ((wb_grid_search){wb_grid_iq2_s(), 16, 3, 9, 0.1f, 1e-8f, false, false, false})
#define SEARCH_IQ3_XXS \
  ((wb_grid_search){wb_grid_iq3_xxs(), 32, 8, 15, 0.2f, 1e-8f, true, false, false})
#define SEARCH_IQ3_S ((wb_grid_search){wb_grid_iq3_s(), 32, 8, 9, 0.2f, 0, false, false, true})
