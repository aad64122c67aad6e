// Encoders of IQ2 and IQ3: each group of elements takes a word of the codebook.
// Orders of operations: ggml-quants.c, quantize_row_iq2_xxs_impl, _iq2_xs_impl, _iq2_s_impl,
// _iq3_xxs_impl and _iq3_s_impl.
#include "../Grids.h"
#include "Scalar.h"

#define GRID_INLINE static
static wb_grid_fit fit(const wb_grid_search *search, const float *x, const float *weights);
#include "../GridBlocks.h"

#pragma STDC FP_CONTRACT OFF

WB_INLINE int code_of(uint16_t word, int bits, int i) {
  return (word >> (bits * i)) & ((1 << bits) - 1);
}

// The word for a group at `inverse`, each code by itself.
static uint16_t round_group(const wb_grid_search *search, const float *x, float inverse) {
  uint32_t word = 0;
  for (int i = 0; i < search->grid->group; ++i) {
    const int32_t code = wb_clamp(wb_nearest(0.5f * (inverse * x[i] - 1)), 0, search->levels - 1);
    word |= (uint32_t)code << (search->grid->bits * i);
  }
  return (uint16_t)word;
}

// Of the neighbours of a word that is not in the codebook, the one with the least error.
static uint16_t best_neighbour(
    const wb_grid *grid, uint16_t word, const float *x, const float *weights, float scale) {
  const uint16_t *list = grid->neighbours + (-1 - grid->map[word]);
  uint16_t chosen = list[1];
  float best = 3.402823466e38f;
  for (int n = 1; n <= list[0]; ++n) {
    float error = 0;
    for (int i = 0; i < grid->group; ++i) {
      const float value = (float)(2 * code_of(list[n], grid->bits, i) + 1);
      const float difference = scale * value - x[i];
      error += weights[i] * difference * difference;
    }
    if (error < best) {
      best = error;
      chosen = list[n];
    }
  }
  return chosen;
}

typedef struct {
  float qx, qq;
} Sums;

static Sums word_sums(
    const wb_grid_search *search, const float *x, const float *weights, const uint16_t *words) {
  const int group = search->grid->group;
  Sums sums = {0, 0};
  for (int i = 0; i < search->count; ++i) {
    const float value = (float)(2 * code_of(words[i / group], search->grid->bits, i % group) + 1);
    sums.qx += weights[i] * x[i] * value;
    sums.qq += weights[i] * value * value;
  }
  return sums;
}

// Rounds the groups in `which` (bits) to the codebook; returns those that were not on the grid.
static uint32_t round_groups(
    const wb_grid_search *search, const float *x, const float *roots, float inverse, float scale,
    uint32_t which, uint16_t *words) {
  const wb_grid *grid = search->grid;
  uint32_t off = 0;
  for (int k = 0; k < search->count / grid->group; ++k) {
    if (!((which >> k) & 1)) continue;
    const float *from = x + grid->group * k;
    words[k] = round_group(search, from, inverse);
    if (grid->map[words[k]] >= 0) continue;
    off |= 1u << k;
    words[k] = best_neighbour(grid, words[k], from, roots + grid->group * k, scale);
  }
  return off;
}

static wb_grid_fit fit(const wb_grid_search *search, const float *signed_x, const float *weights) {
  wb_grid_fit result = {0};
  const int count = search->count, odd = 2 * search->levels - 1;
  float x[32], roots[32];
  uint8_t signs[4];
  for (int i = 0; i < count; ++i) roots[i] = sqrtf(weights[i]);
  take_signs(count, search->even_signs, signed_x, weights, x, signs);
  float peak = x[0];
  for (int i = 1; i < count; ++i) peak = peak > x[i] ? peak : x[i];
  if (search->tiny == 0 ? peak == 0 : peak < search->tiny) return result;
  float scale = peak / (float)odd;
  if (search->first_fit) {
    uint8_t codes[32];
    scale = wb_fit_positive((size_t)count, search->levels + 1, x, weights, codes);
    peak = scale * (float)search->levels;
    if (peak <= 0) return result;
  }
  uint16_t words[8] = {0};
  uint32_t off = search->refit_all ? 255 : 0;
  float best = 0;
  for (int k = -search->trials; k <= search->trials; ++k) {
    const float inverse = ((float)odd + (float)k * search->step) / peak;
    uint16_t trial[8];
    const uint32_t trial_off = round_groups(search, x, roots, inverse, 1 / inverse, 255, trial);
    const Sums sums = word_sums(search, x, weights, trial);
    if (sums.qq > 0 && sums.qx * sums.qx > best * sums.qq) {
      scale = sums.qx / sums.qq;
      best = scale * sums.qx;
      memcpy(words, trial, sizeof words);
      off = trial_off;
    }
  }
  if ((off || search->first_fit) && scale > 0) {
    const uint32_t which = search->refit_all ? 255 : off;
    round_groups(search, x, roots, 1 / scale, scale, which, words);
    const Sums sums = word_sums(search, x, weights, words);
    if (sums.qq > 0) scale = sums.qx / sums.qq;
  }
  const bool flip = scale < 0;
  result.scale = flip ? -scale : scale;
  result.fitted = true;
  memcpy(result.words, words, sizeof words);
  for (int k = 0; k < count / 8; ++k) result.signs[k] = flip ? (uint8_t)~signs[k] : signs[k];
  return result;
}

// Fits every super-block of a call and stores it.
WB_INLINE void encode_grid_blocks(
    size_t bytes, wb_grid_search search, float sigma_factor, GridWeight plain, StoreGrid store,
    const float *x, size_t rows, size_t row_length, const float *importance, uint8_t *to) {
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += bytes) {
      const float sigma = sigma_factor * wb_sum_of_squares(x, WB_SUPER) / WB_SUPER;
      wb_grid_fit fits[16];
      for (int j = 0; j < WB_SUPER / search.count; ++j) {
        const float *sub = x + j * search.count;
        const float *weight = importance ? importance + at + j * search.count : NULL;
        float weights[32];
        grid_weights(search.count, sub, weight, sigma, plain, weights);
        fits[j] = fit(&search, sub, weights);
      }
      store(search.grid, fits, to);
    }
  }
}

SCALAR_ENCODER(iq2_xxs) {
  encode_grid_blocks(
      66, SEARCH_IQ2_XXS, 1, EVEN_IMPORTANCE, store_iq2_xxs, x, rows, row_length, importance, out);
}

SCALAR_ENCODER(iq2_xs) {
  encode_grid_blocks(
      74, SEARCH_IQ2_XS, 1, EVEN_IMPORTANCE, store_iq2_xs, x, rows, row_length, importance, out);
}

SCALAR_ENCODER(iq2_s) {
  encode_grid_blocks(
      82, SEARCH_IQ2_S, 2, SQUARES_AND_MEAN, store_iq2_s, x, rows, row_length, importance, out);
}

SCALAR_ENCODER(iq3_xxs) {
  encode_grid_blocks(
      98, SEARCH_IQ3_XXS, 2, SQUARES, store_iq3_xxs, x, rows, row_length, importance, out);
}

SCALAR_ENCODER(iq3_s_in_place) {
  encode_grid_blocks(
      110, SEARCH_IQ3_S, 2, SQUARES, store_iq3_s_in_place, x, rows, row_length, importance, out);
}

SCALAR_ENCODER(iq3_s) {
  encode_grid_blocks(
      110, SEARCH_IQ3_S, 2, SQUARES, store_iq3_s, x, rows, row_length, importance, out);
}
