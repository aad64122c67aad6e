// Encoders of IQ1, sixteen sub-blocks at a time.
#pragma STDC FP_CONTRACT OFF

#include "../TernaryGridBlocks.h"

static uint16_t nearest_ternary(
    const uint16_t *list, const float *x, const float *weights, float scale, const float *levels) {
  const vi four = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  const vi code = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
  float eight[2][16] = {{0}};
  memcpy(eight[0], x, 32);
  memcpy(eight[1], weights, 32);
  const vf values = scale * lookup8((float[16]){levels[0], levels[1], levels[2]}, code);
  ErrorTable errors;
  for (int half = 0; half < 2; ++half) {
    const vf difference = values - lookup8(eight[0], four + 4 * half);
    const vf error = lookup8(eight[1], four + 4 * half) * difference * difference;
    store_floats(errors.table + WIDTH * half, error);
  }
  return least_neighbour(list, 2, &errors).word;
}

// The scales once more in the lanes of `off`, now that words of the codebook are taken.
FIT_INLINE void refit_lanes(
    size_t count, const vf *x, const vf *w, const TernaryFit *fits, vi off, float *scales) {
  float levels[32][WIDTH];
  for (size_t lane = 0; lane < WIDTH; ++lane) {
    for (size_t i = 0; i < count; ++i) {
      const float *values = ternary_levels((int)count, fits[lane].shift, (int)i / 8);
      levels[i][lane] = values[(wb_codebook_iq1[fits[lane].indices[i / 8]] >> (2 * (i % 8))) & 3];
    }
  }
  vf qx = 0, qq = 0;
  for (size_t i = 0; i < count; ++i) {
    const vf q = load_floats(levels[i]), weighted = w[i] * q;
    qx += weighted * x[i];
    qq += weighted * q;
  }
  const vf scale = load_floats(scales);
  store_floats(scales, (off & (qx > 0.0f) & (qq > 0.0f)) ? qx / qq : scale);
}

// The codes of every lane as words, elements 0 … 15 in `low`.
FIT_INLINE void split_words(
    size_t count, const LaneSplits *splits, const vi *indices, vi *low, vi *high) {
  *low = *high = 0;
  for (size_t j = 0; j < count; ++j) {
    const vi at = (vi)(int32_t)j;
    const vi code = -((at >= splits->first) + (at >= splits->second));
    const vi moved = code << (2 * (indices[j] & 15)), upper = indices[j] >= 16;
    *low |= upper ? (vi)0 : moved;
    *high |= upper ? moved : (vi)0;
  }
  // A negative scale: 2 − code in every place.
  const vi negative = splits->scale < 0.0f;
  *low = negative ? (vi)(int32_t)0xaaaaaaaa - *low : *low;
  *high = negative ? (vi)(int32_t)0xaaaaaaaa - *high : *high;
}

// Sixteen sub-blocks of `count` elements, one after the other in `x` and `weights`.
FIT_INLINE void fit_ternary_lanes(
    size_t count, float tiny, const float *x, const float *weights, TernaryFit *fits) {
  const wb_grid *grid = wb_grid_iq1();
  const float *rows[WIDTH];
  vf columns[32], column_weights[32], keys[32], products[32], sorted[2][32], largest = 0;
  vi indices[32], low, high;
  lane_rows(x, count, WIDTH, rows);
  transpose(rows, count, columns);
  lane_rows(weights, count, WIDTH, rows);
  transpose(rows, count, column_weights);
  for (size_t i = 0; i < count; ++i) {
    const vf size = magnitude(columns[i]);
    largest = largest > size ? largest : size;
    keys[i] = columns[i];
    products[i] = column_weights[i] * columns[i];
  }
  sort_lanes(count, keys, indices);
  permute_lanes(count, products, indices, sorted[0]);
  permute_lanes(count, column_weights, indices, sorted[1]);
  LaneSplits splits = count == 32 ? split_lanes_32(sorted[0], sorted[1])
                                  : split_lanes_16(sorted[0], sorted[1], indices);
  split_words(count, &splits, indices, &low, &high);
  const vi used = (splits.first >= 0) & ~(largest < tiny);
  const vi flipped = splits.shift ^ (count == 32 ? 1 : 3);
  splits.shift = splits.scale < 0.0f ? flipped : splits.shift;
  float scales[WIDTH];
  store_floats(scales, used ? magnitude(splits.scale) : (vf)0.0f);
  vi off = 0;
  for (size_t lane = 0; lane < WIDTH; ++lane) {
    TernaryFit *fit = fits + lane;
    *fit = (TernaryFit){0, {0}, 0};
    if (!used[lane]) continue;
    fit->shift = splits.shift[lane];
    const uint32_t halves[2] = {(uint32_t)low[lane], (uint32_t)high[lane]};
    for (size_t k = 0; k < count / 8; ++k) {
      uint32_t word = (halves[k / 2] >> (16 * (k % 2))) & 0xffff;
      if (grid->map[word] < 0) {
        off[lane] = -1;
        const uint16_t *list = grid->neighbours + (-1 - grid->map[word]);
        word = nearest_ternary(
            list, x + count * lane + 8 * k, weights + count * lane + 8 * k, scales[lane],
            ternary_levels((int)count, fit->shift, (int)k));
      }
      fit->indices[k] = (uint16_t)grid->map[word];
    }
  }
  refit_lanes(count, columns, column_weights, fits, off, scales);
  for (size_t lane = 0; lane < WIDTH; ++lane) fits[lane].scale = scales[lane];
}

// Two super-blocks of IQ1_S at a time.
LANE_ENCODER(iq1_s) {
  uint8_t *to = out;
  const size_t total = rows * row_length / WB_SUPER;
  for (size_t done = 0; done < total; done += 2) {
    const size_t blocks = total - done < 2 ? 1 : 2;
    float pair[2 * WB_SUPER], weights[2 * WB_SUPER];
    TernaryFit fits[16];
    for (size_t b = 0; b < 2; ++b) {
      const float *from = x + WB_SUPER * (done + (b < blocks ? b : 0));
      const size_t column = (done + (b < blocks ? b : 0)) * WB_SUPER % row_length;
      const float sigma = 2 * GRID_SUM(from) / WB_SUPER;
      memcpy(pair + WB_SUPER * b, from, sizeof(float) * WB_SUPER);
      grid_weights(
          WB_SUPER, from, importance ? importance + column : NULL, sigma, EVEN_IMPORTANCE,
          weights + WB_SUPER * b);
    }
    fit_ternary_lanes(32, 1e-12f, pair, weights, fits);
    for (size_t b = 0; b < blocks; ++b, to += 50) store_iq1_s(fits + 8 * b, to);
  }
}

LANE_ENCODER(iq1_m) {
  uint8_t *to = out;
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += 56) {
      float weights[WB_SUPER];
      TernaryFit fits[16];
      grid_weights(
          WB_SUPER, x, importance ? importance + at : NULL, 2 * GRID_SUM(x) / WB_SUPER, SQUARES,
          weights);
      fit_ternary_lanes(16, 1e-7f, x, weights, fits);
      store_iq1_m(x, weights, fits, to);
    }
  }
}
