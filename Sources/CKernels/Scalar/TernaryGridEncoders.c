// Encoders of IQ1: the elements are sorted and every split into three runs is scored; then each group
// takes a word of the codebook (ENC-58). Orders of operations: ggml-quants.c, quantize_row_iq1_s_impl
// and quantize_row_iq1_m_impl.
#include "../Grids.h"
#include "Scalar.h"

#define GRID_INLINE static __attribute__((unused))
#define GRID_SUM(x) wb_sum_of_squares(x, WB_SUPER)
#include "../GridBlocks.h"
#include "../TernaryGridBlocks.h"

#pragma STDC FP_CONTRACT OFF

typedef struct {
  float scale;
  int first, second;  // sorted elements before `first` take −1, those from `second` on take 1
  int shift;
} TernarySplit;

typedef struct {
  float qx, qq;
} Sums;

WB_INLINE Sums split_sums(const float *levels, const float *px, const float *pw, int i, int j) {
  const float a = levels[0], b = levels[1], c = levels[2];
  return (Sums){(px[i] - px[0]) * a + (px[j] - px[i]) * b + (px[32] - px[j]) * c,
                (pw[i] - pw[0]) * a * a + (pw[j] - pw[i]) * b * b + (pw[32] - pw[j]) * c * c};
}

// Neighbouring levels are 1 apart, so a half's sum is its total at the top level less both prefixes.
WB_INLINE Sums half_sums(int shift, const float *px, const float *pw, int i, int j) {
  const float top = shift ? 0.875f : 1.125f;
  const float low = shift ? 1.25f : 0.75f, high = shift ? -0.75f : -1.25f;
  return (Sums){px[16] * top - (px[i] + px[j]), pw[16] * top * top + pw[i] * low + pw[j] * high};
}

// Every split of 32 sorted elements, with either shift; the first of the best.
static TernarySplit split_one(const float *px, const float *pw) {
  TernarySplit split = {0, -1, -1, 0};
  float best = -3.402823466e38f;
  for (int i = 0; i <= 32; ++i) {
    for (int j = i; j <= 32; ++j) {
      for (int shift = 0; shift < 2; ++shift) {
        const Sums sums = split_sums(shift ? ternary_down : ternary_up, px, pw, i, j);
        if (sums.qq > 0 && sums.qx * sums.qx > best * sums.qq) {
          const float scale = sums.qx / sums.qq;
          best = scale * sums.qx;
          split = (TernarySplit){scale, i, j, shift};
        }
      }
    }
  }
  return split;
}

// Every split of 16 sorted elements, with either shift for each half.
static TernarySplit split_halves(float (*px)[48], float (*pw)[48]) {
  TernarySplit split = {0, -1, -1, 0};
  float best = -3.402823466e38f;
  for (int i = 0; i <= 16; ++i) {
    for (int j = i; j <= 16; ++j) {
      Sums halves[2][2];
      for (int half = 0; half < 2; ++half) {
        for (int shift = 0; shift < 2; ++shift) {
          halves[half][shift] = half_sums(shift, px[half], pw[half], i, j);
        }
      }
      for (int shift = 0; shift < 4; ++shift) {
        const Sums a = halves[0][shift >> 1], b = halves[1][shift & 1];
        const float qx = a.qx + b.qx, qq = a.qq + b.qq;
        if (qq > 0 && qx * qx > best * qq) {
          const float scale = qx / qq;
          best = scale * qx;
          split = (TernarySplit){scale, i, j, shift};
        }
      }
    }
  }
  return split;
}

static uint16_t nearest_ternary(
    const uint16_t *list, const float *x, const float *weights, float scale, const float *levels) {
  uint16_t chosen = list[1];
  float best = 3.402823466e38f;
  for (int n = 1; n <= list[0]; ++n) {
    float error = 0;
    for (int i = 0; i < 8; ++i) {
      const float difference = scale * levels[(list[n] >> (2 * i)) & 3] - x[i];
      error += weights[i] * difference * difference;
    }
    if (error < best) {
      best = error;
      chosen = list[n];
    }
  }
  return chosen;
}

// Stable: equal elements keep their order.
WB_INLINE void sort_order(int count, const float *x, uint8_t *order) {
  for (int i = 0; i < count; ++i) {
    int at = i;
    for (; at > 0 && x[i] < x[order[at - 1]]; --at) order[at] = order[at - 1];
    order[at] = (uint8_t)i;
  }
}

static TernarySplit find_split(int count, const float *x, const float *weights, uint8_t *order) {
  // Prefix sums in sorted order; apart for the two halves where each has its own shift.
  float px[2][48] = {{0}}, pw[2][48] = {{0}};
  sort_order(count, x, order);
  for (int j = 0; j < count; ++j) {
    const int i = order[j], half = count == 32 ? 0 : i / 8;
    px[half][j + 1] = px[half][j] + weights[i] * x[i];
    px[1 - half][j + 1] = px[1 - half][j];
    pw[half][j + 1] = pw[half][j] + weights[i];
    pw[1 - half][j + 1] = pw[1 - half][j];
  }
  return count == 32 ? split_one(px[0], pw[0]) : split_halves(px, pw);
}

static float refit(
    int count, const float *x, const float *weights, const TernaryFit *fit, float scale) {
  float qx = 0, qq = 0;
  for (int i = 0; i < count; ++i) {
    const float *levels = ternary_levels(count, fit->shift, i / 8);
    const float q = levels[(wb_codebook_iq1[fit->indices[i / 8]] >> (2 * (i % 8))) & 3];
    qx += weights[i] * q * x[i];
    qq += weights[i] * q * q;
  }
  return qx > 0 && qq > 0 ? qx / qq : scale;
}

static TernaryFit fit_ternary(int count, float tiny, const float *x, const float *weights) {
  const wb_grid *grid = wb_grid_iq1();
  TernaryFit fit = {0, {0}, 0};
  uint8_t order[32], codes[32];
  float largest = fabsf(x[0]);
  for (int i = 1; i < count; ++i) largest = largest > fabsf(x[i]) ? largest : fabsf(x[i]);
  if (largest < tiny) return fit;
  const TernarySplit split = find_split(count, x, weights, order);
  if (split.first < 0) return fit;
  for (int j = 0; j < count; ++j)
    codes[order[j]] = (uint8_t)((j >= split.first) + (j >= split.second));
  fit.scale = split.scale;
  fit.shift = split.shift;
  if (fit.scale < 0) {
    for (int i = 0; i < count; ++i) codes[i] = (uint8_t)(2 - codes[i]);
    fit.scale = -fit.scale;
    fit.shift ^= count == 32 ? 1 : 3;
  }
  bool off = false;
  for (int k = 0; k < count / 8; ++k) {
    uint32_t word = 0;
    for (int i = 0; i < 8; ++i) word |= (uint32_t)codes[8 * k + i] << (2 * i);
    if (grid->map[word] < 0) {
      off = true;
      const uint16_t *list = grid->neighbours + (-1 - grid->map[word]);
      word = nearest_ternary(
          list, x + 8 * k, weights + 8 * k, fit.scale, ternary_levels(count, fit.shift, k));
    }
    fit.indices[k] = (uint16_t)grid->map[word];
  }
  if (off) fit.scale = refit(count, x, weights, &fit, fit.scale);
  return fit;
}

static void encode_iq1_s(const float *x, const float *importance, uint8_t *to) {
  const float sigma = 2 * wb_sum_of_squares(x, WB_SUPER) / WB_SUPER;
  TernaryFit fits[8];
  for (int j = 0; j < 8; ++j) {
    float weights[32];
    grid_weights(
        32, x + 32 * j, importance ? importance + 32 * j : NULL, sigma, EVEN_IMPORTANCE, weights);
    fits[j] = fit_ternary(32, 1e-12f, x + 32 * j, weights);
  }
  store_iq1_s(fits, to);
}

static void encode_iq1_m(const float *x, const float *importance, uint8_t *to) {
  const float sigma = 2 * wb_sum_of_squares(x, WB_SUPER) / WB_SUPER;
  TernaryFit fits[16];
  float weights[WB_SUPER];
  for (int j = 0; j < 16; ++j) {
    grid_weights(
        16, x + 16 * j, importance ? importance + 16 * j : NULL, sigma, SQUARES, weights + 16 * j);
    fits[j] = fit_ternary(16, 1e-7f, x + 16 * j, weights + 16 * j);
  }
  store_iq1_m(x, weights, fits, to);
}

typedef void (*EncodeTernary)(const float *x, const float *importance, uint8_t *to);

WB_INLINE void encode_super_blocks(
    size_t bytes, EncodeTernary encode, const float *x, size_t rows, size_t row_length,
    const float *importance, uint8_t *to) {
  for (size_t row = 0; row < rows; ++row) {
    for (size_t at = 0; at < row_length; at += WB_SUPER, x += WB_SUPER, to += bytes) {
      encode(x, importance ? importance + at : NULL, to);
    }
  }
}

SCALAR_ENCODER(iq1_s) {
  encode_super_blocks(50, encode_iq1_s, x, rows, row_length, importance, out);
}

SCALAR_ENCODER(iq1_m) {
  encode_super_blocks(56, encode_iq1_m, x, rows, row_length, importance, out);
}
