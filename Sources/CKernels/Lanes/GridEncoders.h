// Encoders of IQ1, IQ2 and IQ3. The trials of a scale are the lanes where codes are rounded and summed;
// the neighbours of a word are the lanes where the nearest is looked for.
#pragma STDC FP_CONTRACT OFF

#define GRID_INLINE static
#define GRID_SUM(x) wb_sum_of_squares(x, WB_SUPER)
#include "../GridBlocks.h"
#include "../TernaryGridSplit.h"

// The first neighbour with the least sum of errors. The tables of its elements, four of four codes or
// two of eight in a vector, stay in registers.
FIT_INLINE uint16_t least_neighbour(const uint16_t *list, int bits, const vf *errors) {
  const vi lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const int group = bits == 2 ? 8 : 4, per_vector = bits == 2 ? 4 : 2;
  const int count = list[0];
  vf best = 3.402823466e38f;
  vi place = count;
  for (int at = 0; at < count; at += WIDTH) {
    vh stored;
    memcpy(&stored, list + 1 + at, sizeof stored);
    const vi words = __builtin_convertvector(stored, vi);
    vf error = 0;
    for (int i = 0; i < group; ++i) {
      const vi code = (words >> (bits * i)) & ((1 << bits) - 1);
      error += lookup_in(errors[i / per_vector], code | (i % per_vector) << bits);
    }
    const vi better = (error < best) & (lane + at < count);
    best = better ? error : best;
    place = better ? lane + at : place;
  }
  const float least = reduce_min(best);
  const int first = __builtin_reduce_min(best == least ? place : (vi)count);
  return list[1 + (first < count ? first : 0)];
}

// One sub-block: magnitudes, weights and their roots.
typedef struct {
  float x[32], weights[32], roots[32];
} GridBlock;

// For each group what its tables are made of: [element][code] in two vectors.
typedef struct {
  vf x[2], roots[2];
} GroupTables;

FIT_INLINE void spread_groups(int count, int bits, const GridBlock *block, GroupTables *tables) {
  const vi four = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  const vi two = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
  const int per_vector = bits == 2 ? 4 : 2;
  for (int at = 0; at < count; at += WIDTH) {
    const vf x = load_floats(block->x + at), roots = load_floats(block->roots + at);
    for (int i = 0; i < WIDTH; i += per_vector) {
      const vi element = (bits == 2 ? four : two) + i;
      const int part = (at + i) / per_vector;
      tables[part / 2].x[part % 2] = lookup_in(x, element);
      tables[part / 2].roots[part % 2] = lookup_in(roots, element);
    }
  }
}

FIT_INLINE uint16_t least_word(
    const wb_grid *grid, int bits, int32_t word, const GroupTables *tables, float scale) {
  const vf by_two = {1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7, 1, 3, 5, 7};
  const vf by_three = {1, 3, 5, 7, 9, 11, 13, 15, 1, 3, 5, 7, 9, 11, 13, 15};
  const vf values = scale * (bits == 2 ? by_two : by_three);
  vf errors[2];
  for (int half = 0; half < 2; ++half) {
    const vf difference = values - tables->x[half];
    errors[half] = tables->roots[half] * difference * difference;
  }
  return least_neighbour(grid->neighbours + (-1 - grid->map[word]), bits, errors);
}

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
  int32_t trial[8][32];
  const vf inverse = 1 / scale;
  round_trials(count, bits, search->levels, block->x, &inverse, 1, trial);
  float qx = 0, qq = 0;
  for (int k = 0; k < count / group; ++k) {
    if ((which >> k) & 1) {
      words[k] = (uint16_t)trial[k][0];
      if (search->grid->map[words[k]] < 0) {
        words[k] = least_word(search->grid, bits, words[k], tables + k, scale);
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
    const wb_grid_search *search, int count, int bits, const GridBlock *block,
    const uint8_t *signs, float first) {
  wb_grid_fit result = {{0}, {0}, 0};
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
  uint32_t off[32];
  for (int v = 0; v < vectors; ++v) {
    const vf k = lane + (float)(WIDTH * v - search->trials);
    inverses[v] = ((float)odd + k * search->step) / peak;
    store_floats(scales + WIDTH * v, 1.0f / inverses[v]);
  }
  round_trials(count, bits, search->levels, block->x, inverses, vectors, words);
  GroupTables tables[8];
  spread_groups(count, bits, block, tables);
  for (int t = 0; t < trials; ++t) {
    off[t] = 0;
    for (int k = 0; k < count / group; ++k) {
      if (search->grid->map[words[k][t]] >= 0) continue;
      off[t] |= 1u << k;
      words[k][t] = least_word(search->grid, bits, words[k][t], tables + k, scales[t]);
    }
  }
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
  const uint32_t pending = chosen >= 0 ? off[chosen] : search->refit_all ? 255 : 0;
  if ((pending || search->first_fit) && scale > 0) {
    const uint32_t which = search->refit_all ? 255 : pending;
    scale = refit_groups(search, count, bits, block, tables, which, scale, result.words);
  }
  const bool flip = scale < 0;
  result.scale = flip ? -scale : scale;
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

#define LANE_GRID_ENCODER(bytes, search_, count, bits, sigma_factor, plain, store)          \
  uint8_t *to = out;                                                                        \
  const wb_grid_search search = search_;                                                    \
  for (size_t row = 0; row < rows; ++row) {                                                 \
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += bytes) {      \
      wb_grid_fit fits[16];                                                                 \
      fit_super_block(                                                                      \
          &search, count, bits, sigma_factor, plain, x, importance ? importance + at : NULL, \
          fits);                                                                            \
      store(search.grid, fits, to);                                                         \
    }                                                                                       \
  }

LANE_ENCODER(iq2_xxs) {
  LANE_GRID_ENCODER(66, SEARCH_IQ2_XXS, 32, 2, 1, EVEN_IMPORTANCE, store_iq2_xxs)
}
LANE_ENCODER(iq2_xs) {
  LANE_GRID_ENCODER(74, SEARCH_IQ2_XS, 16, 2, 1, EVEN_IMPORTANCE, store_iq2_xs)
}
LANE_ENCODER(iq2_s) {
  LANE_GRID_ENCODER(82, SEARCH_IQ2_S, 16, 2, 2, SQUARES_AND_MEAN, store_iq2_s)
}
LANE_ENCODER(iq3_xxs) { LANE_GRID_ENCODER(98, SEARCH_IQ3_XXS, 32, 3, 2, SQUARES, store_iq3_xxs) }
LANE_ENCODER(iq3_s) { LANE_GRID_ENCODER(110, SEARCH_IQ3_S, 32, 3, 2, SQUARES, store_iq3_s) }

typedef struct {
  vf qx, qq;
} LaneSums;

// Candidates of one vector of splits, in the order of the scalar search: lane by lane, then `kinds`.
typedef struct {
  float best;
  TernarySplit split;
} SplitSearch;

// Of the candidates of a vector, those within a thousandth of the best one; false where numbers are so
// large or small that nothing is known of their rounding.
//
// The others cannot change the outcome: one comparison errs by less than 10^-6 of its value, and the
// at most 64 candidates of a vector cannot climb a thousandth in steps that small, so the search that
// leaves them out comes to a clear improvement, and from there on agrees with the one that does not.
WB_INLINE bool near_best(const LaneSums *sums, int kinds, vi valid, vi *near) {
  vf score[4], most = 0;
  vi tame = -1;
  for (int kind = 0; kind < kinds; ++kind) {
    const vf qq = sums[kind].qq, qx = sums[kind].qx;
    score[kind] = qx * qx / qq;
    most = score[kind] > most ? score[kind] : most;
    tame &= ~valid | ((qq > 1e-18f) & (qq < 1e18f) & (magnitude(qx) < 1e18f));
  }
  const float best = -reduce_min(-(valid ? most : (vf)0.0f));
  if (any(~tame) || !(best > 1e-18f && best < 1e18f)) return false;
  for (int kind = 0; kind < kinds; ++kind) near[kind] = score[kind] >= best * 0.999f;
  return true;
}

WB_INLINE void look_closer(
    const LaneSums *sums, int kinds, vi valid, int first, int second, SplitSearch *search) {
  vi near[4] = {-1, -1, -1, -1};
  bool narrowed = false;
  for (;;) {
    vi better = 0;
    for (int kind = 0; kind < kinds; ++kind) {
      const vf qx = sums[kind].qx, qq = sums[kind].qq;
      better |= (qq > 0.0f) & (qx * qx > search->best * qq) & near[kind];
    }
    const uint32_t lanes = mask_of(better & valid, (vi)0);
    if (lanes == 0) return;
    if (!narrowed) {
      narrowed = true;
      if (near_best(sums, kinds, valid, near)) continue;
    }
    const int lane = __builtin_ctz(lanes);
    for (int kind = 0; kind < kinds; ++kind) {
      if (!near[kind][lane]) continue;
      const float qx = sums[kind].qx[lane], qq = sums[kind].qq[lane];
      if (!(qq > 0 && qx * qx > search->best * qq)) continue;
      const float scale = qx / qq;
      search->best = scale * qx;
      search->split = (TernarySplit){scale, first, second + lane, kind};
    }
    const vi index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    valid &= index > lane;
  }
}

static TernarySplit split_one(const float *px, const float *pw) {
  const vi index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  SplitSearch search = {-3.402823466e38f, {0, -1, -1, 0}};
  for (int i = 0; i <= 32; ++i) {
    for (int j = i; j <= 32; j += WIDTH) {
      const vf x = load_floats(px + j), w = load_floats(pw + j);
      LaneSums sums[2];
      for (int shift = 0; shift < 2; ++shift) {
        const float *levels = shift ? ternary_down : ternary_up;
        const float a = levels[0], b = levels[1], c = levels[2];
        sums[shift].qx = (px[i] - px[0]) * a + (x - px[i]) * b + (px[32] - x) * c;
        sums[shift].qq = (pw[i] - pw[0]) * a * a + (w - pw[i]) * b * b + (pw[32] - w) * c * c;
      }
      look_closer(sums, 2, index + j <= 32, i, j, &search);
    }
  }
  return search.split;
}

static TernarySplit split_halves(float (*px)[48], float (*pw)[48]) {
  const vi index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  SplitSearch search = {-3.402823466e38f, {0, -1, -1, 0}};
  for (int i = 0; i <= 16; ++i) {
    for (int j = i; j <= 16; j += WIDTH) {
      LaneSums halves[2][2], sums[4];
      for (int half = 0; half < 2; ++half) {
        const vf x = load_floats(px[half] + j), w = load_floats(pw[half] + j);
        const float x_all = px[half][16], w_all = pw[half][16];
        for (int shift = 0; shift < 2; ++shift) {
          const float top = shift ? 0.875f : 1.125f;
          const float low = shift ? 1.25f : 0.75f, high = shift ? -0.75f : -1.25f;
          halves[half][shift].qx = x_all * top - (px[half][i] + x);
          halves[half][shift].qq = w_all * top * top + pw[half][i] * low + w * high;
        }
      }
      for (int shift = 0; shift < 4; ++shift) {
        sums[shift].qx = halves[0][shift >> 1].qx + halves[1][shift & 1].qx;
        sums[shift].qq = halves[0][shift >> 1].qq + halves[1][shift & 1].qq;
      }
      look_closer(sums, 4, index + j <= 16, i, j, &search);
    }
  }
  return search.split;
}

static uint16_t nearest_ternary(
    const uint16_t *list, const float *x, const float *weights, float scale, const float *levels) {
  const vi four = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  const vi code = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
  float eight[2][16] = {{0}};
  memcpy(eight[0], x, 32);
  memcpy(eight[1], weights, 32);
  const vf values = scale * lookup8((float[16]){levels[0], levels[1], levels[2]}, code);
  vf errors[2];
  for (int half = 0; half < 2; ++half) {
    const vf difference = values - lookup8(eight[0], four + 4 * half);
    errors[half] = lookup8(eight[1], four + 4 * half) * difference * difference;
  }
  return least_neighbour(list, 2, errors);
}

#define SPLIT_ONE(px, pw) split_one(px, pw)
#define SPLIT_HALVES(px, pw) split_halves(px, pw)
#define NEAREST_TERNARY(list, x, weights, scale, levels) \
  nearest_ternary(list, x, weights, scale, levels)
#include "../TernaryGridBlocks.h"

LANE_ENCODER(iq1_s) { TERNARY_ENCODER(50, encode_iq1_s) }
LANE_ENCODER(iq1_m) { TERNARY_ENCODER(56, encode_iq1_m) }
