// Encoders of IQ1.
#include "../Grids.h"
#include "Scalar.h"

#define GRID_INLINE static __attribute__((unused))
#define GRID_SUM(x) wb_sum_of_squares(x, WB_SUPER)
#define SPLIT_ONE(px, pw) split_one(px, pw)
#define SPLIT_HALVES(px, pw) split_halves(px, pw)
#define NEAREST_TERNARY(list, x, weights, scale, levels) \
  nearest_ternary(list, x, weights, scale, levels)
#include "../GridBlocks.h"
#include "../TernaryGridSplit.h"
static TernarySplit split_one(const float *px, const float *pw);
static TernarySplit split_halves(float (*px)[48], float (*pw)[48]);
static uint16_t nearest_ternary(
    const uint16_t *list, const float *x, const float *weights, float scale, const float *levels);
#include "../TernaryGridBlocks.h"

#pragma STDC FP_CONTRACT OFF

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

SCALAR_ENCODER(iq1_s) { TERNARY_ENCODER(50, encode_iq1_s) }
SCALAR_ENCODER(iq1_m) { TERNARY_ENCODER(56, encode_iq1_m) }
