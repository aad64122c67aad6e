// Encoders of IQ2 and IQ3. The trials of a scale are the lanes where codes are rounded and summed.
#pragma STDC FP_CONTRACT OFF

#define GRID_INLINE static
#define GRID_SUM(x) wb_sum_of_squares(x, WB_SUPER)
#include "../GridBlocks.h"

WB_INLINE vi odd_code(vf inverse, float x, int levels) {
  return clamp(nearest(0.5f * (inverse * x - 1.0f)), 0, levels - 1);
}

// words[group][trial], rounded code by code.
FIT_INLINE void round_trials(
    int count, int bits, int levels, const float *x, const vf *inverses, int vectors,
    int32_t (*words)[32]) {
  const int group = bits == 2 ? 8 : 4;
  for (int k = 0; k < count / group; ++k) {
    for (int v = 0; v < vectors; ++v) {
      vi word = 0;
      for (int i = 0; i < group; ++i) {
        word |= odd_code(inverses[v], x[group * k + i], levels) << (bits * i);
      }
      memcpy(words[k] + WIDTH * v, &word, sizeof word);
    }
  }
}

FIT_INLINE void sum_trials(
    int count, int bits, const GridBlock *block, int vectors, int32_t (*words)[32], vf *qx,
    vf *qq) {
  const int group = bits == 2 ? 8 : 4;
  for (int v = 0; v < vectors; ++v) {
    qx[v] = 0;
    qq[v] = 0;
    for (int i = 0; i < count; ++i) {
      vi word;
      memcpy(&word, words[i / group] + WIDTH * v, sizeof word);
      const vi code = (word >> (bits * (i % group))) & ((1 << bits) - 1);
      const vf value = to_floats(code + code + 1);
      qx[v] += block->weights[i] * block->x[i] * value;
      qq[v] += block->weights[i] * value * value;
    }
  }
}

// The last rounding, at the scale that was found.
FIT_INLINE float refit_groups(
    const wb_grid_search *search, int count, int bits, const GridBlock *block,
    const GroupTables *tables, uint32_t which, float scale, uint16_t *words) {
  const int group = bits == 2 ? 8 : 4;
  uint8_t codes[32];
  const vf inverse = 1 / scale;
  for (int i = 0; i < count; i += WIDTH) {
    const vf value = 0.5f * (inverse * load_floats(block->x + i) - 1.0f);
    store_bytes(codes + i, narrow(clamp(nearest(value), 0, search->levels - 1)));
  }
  float qx = 0, qq = 0;
  for (int k = 0; k < count / group; ++k) {
    if ((which >> k) & 1) {
      uint32_t word = 0;
      for (int i = 0; i < group; ++i) word |= (uint32_t)codes[group * k + i] << (bits * i);
      words[k] = (uint16_t)word;
      if (search->grid->map[words[k]] < 0) {
        words[k] = least_word(search->grid, bits, words[k], tables + k, scale).word;
      }
    }
    for (int i = 0; i < group; ++i) {
      const float value = (float)(2 * ((words[k] >> (bits * i)) & ((1 << bits) - 1)) + 1);
      qx += block->weights[group * k + i] * block->x[group * k + i] * value;
      qq += block->weights[group * k + i] * value * value;
    }
  }
  return qq > 0 ? qx / qq : scale;
}

// `first`: the scale of a fit without the grid, where the search wants one.
FIT_INLINE wb_grid_fit fit_grid(
    const wb_grid_search *search, int count, int bits, const GridBlock *block, const uint8_t *signs,
    float first) {
  wb_grid_fit result = {0};
  const int group = bits == 2 ? 8 : 4, trials = 2 * search->trials + 1;
  const int vectors = (trials + WIDTH - 1) / WIDTH, odd = 2 * search->levels - 1;
  float peak = block->x[0];
  for (int i = 1; i < count; ++i) peak = peak > block->x[i] ? peak : block->x[i];
  if (search->tiny == 0 ? peak == 0 : peak < search->tiny) return result;
  float scale = peak / (float)odd;
  if (search->first_fit) {
    scale = first;
    peak = first * (float)search->levels;
    if (peak <= 0) return result;
  }
  const vf lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  vf inverses[2], qx[2], qq[2];
  float scales[32], sums_qx[32], sums_qq[32];
  int32_t words[8][32];
  uint32_t off[8];
  for (int v = 0; v < vectors; ++v) {
    const vf k = lane + (float)(WIDTH * v - search->trials);
    inverses[v] = ((float)odd + k * search->step) / peak;
    store_floats(scales + WIDTH * v, 1.0f / inverses[v]);
  }
  round_trials(count, bits, search->levels, block->x, inverses, vectors, words);
  GroupTables tables[8];
  spread_groups(count, bits, block, tables);
  resolve_trials(search, count / group, bits, tables, scales, trials, words, off);
  sum_trials(count, bits, block, vectors, words, qx, qq);
  for (int v = 0; v < vectors; ++v) {
    store_floats(sums_qx + WIDTH * v, qx[v]);
    store_floats(sums_qq + WIDTH * v, qq[v]);
  }
  int chosen = -1;
  float best = 0;
  for (int t = 0; t < trials; ++t) {
    if (!(sums_qq[t] > 0 && sums_qx[t] * sums_qx[t] > best * sums_qq[t])) continue;
    scale = sums_qx[t] / sums_qq[t];
    best = scale * sums_qx[t];
    chosen = t;
  }
  for (int k = 0; k < count / group && chosen >= 0; ++k) {
    result.words[k] = (uint16_t)words[k][chosen];
  }
  uint32_t pending = chosen < 0 && search->refit_all ? 255 : 0;
  for (int k = 0; k < count / group && chosen >= 0; ++k) {
    pending |= ((off[k] >> chosen) & 1) << k;
  }
  if ((pending || search->first_fit) && scale > 0) {
    const uint32_t which = search->refit_all ? 255 : pending;
    scale = refit_groups(search, count, bits, block, tables, which, scale, result.words);
  }
  const bool flip = scale < 0;
  result.scale = flip ? -scale : scale;
  result.fitted = true;
  for (int k = 0; k < count / 8; ++k) result.signs[k] = flip ? (uint8_t)~signs[k] : signs[k];
  return result;
}

// The fits without a grid of eight sub-blocks of 32: half of the lanes are in use.
static void first_fits(const GridBlock *blocks, float *scales) {
  const float *x[WIDTH], *weights[WIDTH];
  vf columns[32], weight_columns[32];
  vi codes[32];
  for (int lane = 0; lane < WIDTH; ++lane) {
    x[lane] = blocks[lane % 8].x;
    weights[lane] = blocks[lane % 8].weights;
  }
  transpose(x, 32, columns);
  transpose(weights, 32, weight_columns);
  store_floats(scales, fit_positive(32, 4, columns, weight_columns, codes));
}

FIT_INLINE void fit_super_block(
    const wb_grid_search *search, int count, int bits, float sigma_factor, GridWeight plain,
    const float *x, const float *importance, wb_grid_fit *fits) {
  const float sigma = sigma_factor * GRID_SUM(x) / WB_SUPER;
  GridBlock blocks[16];
  uint8_t signs[16][4];
  float first[WIDTH] = {0};
  for (int j = 0; j < WB_SUPER / count; ++j) {
    const float *sub = x + count * j;
    GridBlock *block = blocks + j;
    grid_weights(
        count, sub, importance ? importance + count * j : NULL, sigma, plain, block->weights);
    for (int i = 0; i < count; i += WIDTH) {
      store_floats(block->roots + i, root(load_floats(block->weights + i)));
    }
    take_signs(count, search->even_signs, sub, block->weights, block->x, signs[j]);
  }
  if (search->first_fit) first_fits(blocks, first);
  for (int j = 0; j < WB_SUPER / count; ++j) {
    fits[j] = fit_grid(search, count, bits, blocks + j, signs[j], first[j % WIDTH]);
  }
}

// Fits every super-block of a call and stores it.
FIT_INLINE void encode_grid_blocks(
    size_t bytes, wb_grid_search search, int count, int bits, float sigma_factor, GridWeight plain,
    StoreGrid store, const float *x, size_t rows, size_t row_length, const float *importance,
    uint8_t *to) {
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += bytes) {
      wb_grid_fit fits[16];
      fit_super_block(
          &search, count, bits, sigma_factor, plain, x, importance ? importance + at : NULL, fits);
      store(search.grid, fits, to);
    }
  }
}

LANE_ENCODER(iq2_xxs) {
  encode_grid_blocks(
      66, SEARCH_IQ2_XXS, 32, 2, 1, EVEN_IMPORTANCE, store_iq2_xxs, x, rows, row_length, importance,
      out);
}

LANE_ENCODER(iq2_xs) {
  encode_grid_blocks(
      74, SEARCH_IQ2_XS, 16, 2, 1, EVEN_IMPORTANCE, store_iq2_xs, x, rows, row_length, importance,
      out);
}

LANE_ENCODER(iq2_s) {
  encode_grid_blocks(
      82, SEARCH_IQ2_S, 16, 2, 2, SQUARES_AND_MEAN, store_iq2_s, x, rows, row_length, importance,
      out);
}

LANE_ENCODER(iq3_xxs) {
  encode_grid_blocks(
      98, SEARCH_IQ3_XXS, 32, 3, 2, SQUARES, store_iq3_xxs, x, rows, row_length, importance, out);
}

LANE_ENCODER(iq3_s_in_place) {
  encode_grid_blocks(
      110, SEARCH_IQ3_S, 32, 3, 2, SQUARES, store_iq3_s_in_place, x, rows, row_length, importance,
      out);
}

LANE_ENCODER(iq3_s) {
  encode_grid_blocks(
      110, SEARCH_IQ3_S, 32, 3, 2, SQUARES, store_iq3_s, x, rows, row_length, importance, out);
}
