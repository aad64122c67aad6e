// Error feedback and coordinate descent inside blocks; see WeighbridgeCalibration.h and
// Specs/calibration.md.
#include "WeighbridgeCalibration.h"

#include <stdlib.h>

#include "../Kernel.h"
#include "Grid.h"

#pragma clang diagnostic ignored "-Wpsabi"

enum { MAXIMUM_SUB = 32, MAXIMUM_SUBS = 16, MAXIMUM_STARTS = 45 };

// What stays the same while a panel is searched.
typedef struct {
  const struct wb_grid *grid;
  struct wb_effort effort;
  const float *weights;
  const float *factor;
  ptrdiff_t stride;
  const float *pivots;
} Panel;

// A sub-block under one scale and minimum.
typedef struct {
  double loss;
  int scale, minimum;
  uint8_t codes[MAXIMUM_SUB];
  float errors[MAXIMUM_SUB];
} Choice;

// A span under one d and dmin.
typedef struct {
  int8_t scales[MAXIMUM_SUBS];
  uint8_t minimums[MAXIMUM_SUBS];
  uint8_t codes[WB_SUPER];
  float errors[WB_SUPER];
} Span;

// The values of d and dmin that are tried.
typedef struct {
  int count;
  float d[MAXIMUM_STARTS], dmin[MAXIMUM_STARTS];
} Start;

// A panel of a row while it descends.
typedef struct {
  const struct wb_grid *grid;
  float *gradient;
  float *values;
  const float *moments;
  ptrdiff_t stride;
  int columns;
  float *moved;
} Descent;

// The real scale and minimum that fit a sub-block best, without feedback.
typedef struct {
  float scale, minimum;
} Fit;

WB_INLINE int clamped(float value, int low, int high) {
  if (!(value > (float)low)) return low;
  if (value >= (float)high) return high;
  return wb_nearest(value);
}

static float half_rounded(float value) { return wb_half_to_float(wb_float_to_half(value)); }

static void fit_affine(const struct wb_grid *grid, const float *x, const float *weights, Fit *fit) {
  // K-quants have no minimum above zero; the simple blocks do.
  float low = grid->span == grid->sub ? x[0] : 0, high = x[0];
  for (int j = 0; j < grid->sub; ++j) {
    if (x[j] < low) low = x[j];
    if (x[j] > high) high = x[j];
  }
  *fit = (Fit){0, -low};
  if (!(high > low)) return;
  const float top = (float)grid->high;
  double best = HUGE_VAL;
  for (int step = -1; step <= 36; ++step) {
    const float inverse = (step < 0 ? top : top - 0.9f + 0.05f * (float)step) / (high - low);
    double w = 0, wx = 0, wq = 0, wqq = 0, wqx = 0, wxx = 0;
    for (int j = 0; j < grid->sub; ++j) {
      const double q = clamped(inverse * (x[j] - low), 0, grid->high), value = (double)x[j];
      const double weight = (double)weights[j];
      w += weight;
      wx += weight * value;
      wxx += weight * value * value;
      wq += weight * q;
      wqq += weight * q * q;
      wqx += weight * q * value;
    }
    const double determinant = w * wqq - wq * wq;
    if (!(determinant > 0)) continue;
    double scale = (w * wqx - wq * wx) / determinant;
    double offset = (wqq * wx - wq * wqx) / determinant;
    if (offset > 0 && grid->span != grid->sub) {
      offset = 0;
      scale = wqq > 0 ? wqx / wqq : 0;
    }
    const double error = wxx + scale * scale * wqq + offset * offset * w
                         + 2 * (scale * offset * wq - scale * wqx - offset * wx);
    if (scale > 0 && error < best) {
      best = error;
      *fit = (Fit){(float)scale, (float)-offset};
    }
  }
}

static void fit_symmetric(
    const struct wb_grid *grid, const float *x, const float *weights, Fit *fit) {
  float peak = 0;
  for (int j = 0; j < grid->sub; ++j) {
    if (fabsf(x[j]) > fabsf(peak)) peak = x[j];
  }
  *fit = (Fit){0, 0};
  if (peak == 0) return;
  // The value furthest from zero takes the longer side.
  const float top = code_value(grid, grid->low);
  const float unit = grid->entries ? fabsf(top) / 18 : 0.1f;
  double best = -1;
  for (int step = -9; step <= 9; ++step) {
    const float inverse = (top - unit * (float)step) / peak;
    double qx = 0, qq = 0;
    for (int j = 0; j < grid->sub; ++j) {
      const double q = (double)code_value(grid, nearest_code(grid, x[j] * inverse));
      qx += (double)weights[j] * q * (double)x[j];
      qq += (double)weights[j] * q * q;
    }
    if (qq > 0 && qx * qx > best * qq) {
      best = qx * qx / qq;
      fit->scale = (float)(qx / qq);
    }
  }
}

static void fit_sub_block(
    const struct wb_grid *grid, const float *x, const float *weights, Fit *fit) {
  if (grid->affine) {
    fit_affine(grid, x, weights, fit);
  } else {
    fit_symmetric(grid, x, weights, fit);
  }
}

// The d whose multiples by integers come closest to real numbers.
static float common_unit(const float *numbers, const float *weights, int count, int low, int high) {
  float peak = 0;
  for (int i = 0; i < count; ++i) {
    if (fabsf(numbers[i]) > peak) peak = fabsf(numbers[i]);
  }
  if (peak == 0) return 0;
  double best = HUGE_VAL;
  float unit = 0;
  for (int step = -12; step <= 6; ++step) {
    const float first = peak / ((float)high * (1 + 0.015f * (float)step));
    if (!(first > 0)) continue;
    double qx = 0, qq = 0;
    for (int i = 0; i < count; ++i) {
      const double q = clamped(numbers[i] / first, low, high);
      qx += (double)weights[i] * q * (double)numbers[i];
      qq += (double)weights[i] * q * q;
    }
    if (!(qq > 0)) continue;
    const float refined = half_rounded((float)(qx / qq));
    if (refined == 0) continue;
    double error = 0;
    for (int i = 0; i < count; ++i) {
      const float rest = numbers[i] - refined * (float)clamped(numbers[i] / refined, low, high);
      error += (double)weights[i] * (double)rest * (double)rest;
    }
    if (error < best) {
      best = error;
      unit = refined;
    }
  }
  return unit;
}

static void add_start(Start *start, float d, float dmin) {
  if (!(fabsf(d) <= 65504) || !(fabsf(dmin) <= 65504)) return;
  for (int k = 0; k < start->count; ++k) {
    if (start->d[k] == d && start->dmin[k] == dmin) return;
  }
  if (start->count == MAXIMUM_STARTS) return;
  start->d[start->count] = d;
  start->dmin[start->count++] = dmin;
}

// Powers of two on either side of a scale.
static void find_powers(const Panel *panel, float scale, Start *start) {
  int exponent = 0;
  const float magnitude = fabsf(scale);
  if (magnitude > 0) frexpf(magnitude, &exponent);
  for (int k = 0; k <= panel->effort.tries; ++k) {
    const int chosen = exponent - 1 + (k % 2 ? (k + 1) / 2 : -k / 2);
    add_start(start, ldexpf(1, chosen < -126 ? -126 : chosen > 15 ? 15 : chosen), 0);
  }
}

// The order in which factors of a fitted d are tried.
static const float factors[] = {1,     0.97f,  1.03f,  0.94f,  1.06f,  0.91f, 1.09f, 0.88f,
                                1.12f, 0.985f, 1.015f, 0.955f, 1.045f, -1,    -0.97f};
enum { FACTORS = sizeof factors / sizeof *factors };

static void find_start(const Panel *panel, const float *x, int first, Start *start) {
  const struct wb_grid *grid = panel->grid;
  const int subs = grid->span / grid->sub;
  float scales[MAXIMUM_SUBS], minimums[MAXIMUM_SUBS], weights[MAXIMUM_SUBS];
  for (int b = 0; b < subs; ++b) {
    const float *pivots = panel->pivots + first + b * grid->sub;
    Fit fit;
    fit_sub_block(grid, x + b * grid->sub, pivots, &fit);
    scales[b] = fit.scale;
    minimums[b] = fit.minimum;
    weights[b] = 0;
    for (int j = 0; j < grid->sub; ++j) weights[b] += pivots[j];
  }
  start->count = 0;
  if (grid->power) {
    find_powers(panel, scales[0], start);
    return;
  }
  float d = scales[0], dmin = minimums[0];
  if (subs > 1) {
    d = common_unit(scales, weights, subs, grid->scale_low, grid->scale_high);
    dmin = grid->affine ? common_unit(minimums, weights, subs, 0, grid->minimum_high) : 0;
  }
  const int tries = panel->effort.tries < FACTORS ? panel->effort.tries : FACTORS;
  for (int k = 0; k < tries; ++k) {
    add_start(start, half_rounded(d * factors[k]), half_rounded(dmin));
    if (!grid->affine || (subs > 1 && tries < 9)) continue;
    add_start(start, half_rounded(d * factors[k]), half_rounded(dmin * 0.95f));
    add_start(start, half_rounded(d * factors[k]), half_rounded(dmin * 1.05f));
  }
  // Nothing but zero holds what is too large for a half; the caller has refused such weights.
  if (start->count == 0) add_start(start, 0, 0);
}

#define NAME(x) portable_##x
#include "FeedbackBody.h"
#undef NAME
#if WB_X86
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define NAME(x) avx2_##x
#include "FeedbackBody.h"
#undef NAME
#pragma clang attribute pop
#define CALL(name, ...) \
  (wb_cpu_level() >= WB_LEVEL_AVX2 ? avx2_##name(__VA_ARGS__) : portable_##name(__VA_ARGS__))
#else
#define CALL(name, ...) portable_##name(__VA_ARGS__)
#endif

double wb_feedback_panel(
    const struct wb_grid *grid, struct wb_effort effort, const float *target, const float *weights,
    const float *factor, ptrdiff_t stride, const float *pivots, ptrdiff_t columns,
    struct wb_parts parts, float *errors) {
  const Panel panel = {grid, effort, weights, factor, stride, pivots};
  return CALL(feedback, &panel, target, (int)columns, parts, errors);
}

ptrdiff_t wb_descend_panel(
    const struct wb_grid *grid, float *gradient, float *values, const float *moments,
    ptrdiff_t stride, ptrdiff_t columns, struct wb_parts parts, float *moved) {
  Descent state = {grid, gradient, values, moments, stride, (int)columns, moved};
  memset(moved, 0, (size_t)columns * sizeof(float));
  return CALL(descend, &state, parts);
}

void wb_grid_values(
    const struct wb_grid *grid, ptrdiff_t columns, struct wb_parts parts, float *values) {
  for (ptrdiff_t j = 0; j < columns; ++j) {
    const ptrdiff_t sub = j / grid->sub, span = j / grid->span;
    const float scale = parts.d[span] * (float)parts.scales[sub];
    const float minimum = parts.dmin[span] * (float)parts.minimums[sub];
    values[j] = scale * code_value(grid, parts.codes[j] + grid->low) - minimum;
  }
}
