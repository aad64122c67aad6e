#include "../Fits.h"

#pragma STDC FP_CONTRACT OFF

// The weighted sums of a rounding of x · inverse to −limit ..< limit.
typedef struct {
  float xl, ll;
} Sums;

WB_INLINE int32_t symmetric_code(float inverse, float x, int limit) {
  return wb_clamp(wb_nearest(inverse * x), -limit, limit - 1);
}

static Sums symmetric_sums(
    size_t count, int limit, const float *x, const float *weights, float inverse) {
  Sums sums = {0, 0};
  for (size_t i = 0; i < count; ++i) {
    const float code = (float)symmetric_code(inverse, x[i], limit);
    const float weight = weights ? weights[i] : x[i] * x[i];
    sums.xl += weight * x[i] * code;
    sums.ll += weight * code * code;
  }
  return sums;
}

float wb_fit_symmetric(
    size_t count, int limit, const float *x, const float *weights, int8_t *codes) {
  float peak = 0, magnitude = 0;
  for (size_t i = 0; i < count; ++i) {
    if (fabsf(x[i]) > magnitude) {
      magnitude = fabsf(x[i]);
      peak = x[i];
    }
  }
  if (magnitude < WB_TINY) {
    memset(codes, 0, count);
    return 0;
  }
  float chosen = (float)-limit / peak;
  Sums sums = symmetric_sums(count, limit, x, weights, chosen);
  float scale = sums.ll != 0 ? sums.xl / sums.ll : 0.0f;
  float best = scale * sums.xl;
  for (int k = -9; k <= 9; ++k) {
    if (k == 0) continue;
    const float inverse = -((float)limit + 0.1f * (float)k) / peak;
    sums = symmetric_sums(count, limit, x, weights, inverse);
    if (sums.ll > 0 && sums.xl * sums.xl > best * sums.ll) {
      chosen = inverse;
      scale = sums.xl / sums.ll;
      best = scale * sums.xl;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    codes[i] = (int8_t)(symmetric_code(chosen, x[i], limit) + limit);
  }
  return scale;
}

WB_INLINE float affine_error(float scale, float code, float minimum, float x, bool absolute) {
  const float difference = scale * code + minimum - x;
  return absolute ? fabsf(difference) : difference * difference;
}

WB_INLINE float affine_code(float inverse, float x, float minimum, int limit) {
  return (float)wb_clamp(wb_nearest(inverse * (x - minimum)), 0, limit);
}

float wb_fit_affine(
    size_t count, int limit, const float *x, const float *weights, uint8_t *codes, float *minimum,
    wb_search search) {
  float low = x[0], high = x[0];
  float sum_w = weights[0], sum_x = weights[0] * x[0];
  for (size_t i = 1; i < count; ++i) {
    if (x[i] < low) low = x[i];
    if (x[i] > high) high = x[i];
    sum_w += weights[i];
    sum_x += weights[i] * x[i];
  }
  if (low > 0) low = 0;
  if (high <= low) {
    memset(codes, 0, count);
    *minimum = -low;
    return 0;
  }
  // `base` stays the offset that codes are rounded from; a better fit moves it for later trials.
  float inverse = (float)limit / (high - low);
  float scale = 1 / inverse, base = low;
  float chosen = inverse, chosen_base = base, best = 0;
  for (size_t i = 0; i < count; ++i) {
    const float code = affine_code(inverse, x[i], base, limit);
    best += weights[i] * affine_error(scale, code, base, x[i], search.absolute);
  }
  for (int k = 0; k <= search.last; ++k) {
    inverse = (search.start + search.step * (float)k + (float)limit) / (high - base);
    float sum_l = 0, sum_l2 = 0, sum_xl = 0;
    for (size_t i = 0; i < count; ++i) {
      const float code = affine_code(inverse, x[i], base, limit);
      sum_l += weights[i] * code;
      sum_l2 += weights[i] * code * code;
      sum_xl += weights[i] * code * x[i];
    }
    const float determinant = sum_w * sum_l2 - sum_l * sum_l;
    if (!(determinant > 0)) continue;
    float trial_scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
    float trial_base = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
    if (trial_base > 0) {
      trial_base = 0;
      trial_scale = sum_xl / sum_l2;
    }
    float error = 0;
    for (size_t i = 0; i < count; ++i) {
      const float code = affine_code(inverse, x[i], base, limit);
      error += weights[i] * affine_error(trial_scale, code, trial_base, x[i], search.absolute);
    }
    if (error < best) {
      best = error;
      chosen = inverse;
      chosen_base = base;
      scale = trial_scale;
      base = trial_base;
    }
  }
  for (size_t i = 0; i < count; ++i) {
    codes[i] = (uint8_t)affine_code(chosen, x[i], chosen_base, limit);
  }
  *minimum = -base;
  return scale;
}

WB_INLINE int32_t positive_code(float inverse, float x, int limit) {
  const int32_t code = wb_nearest(inverse * x);
  return code < limit ? code : limit;
}

// Coordinate descent over the codes, at most five rounds, each step kept if the fit gets better.
static Sums refine_positive(
    size_t count, int limit, const float *x, const float *weights, uint8_t *codes, Sums sums) {
  for (int round = 0; round < 5; ++round) {
    bool changed = false;
    for (size_t i = 0; i < count; ++i) {
      const float weight = weights[i];
      float xl = sums.xl - weight * x[i] * (float)codes[i];
      float ll = sums.ll - weight * (float)codes[i] * (float)codes[i];
      if (!(xl > 0 && ll > 0)) continue;
      const int32_t code = positive_code(1.0f, x[i] * ll / xl, limit);
      if (code == codes[i]) continue;
      xl += weight * x[i] * (float)code;
      ll += weight * (float)code * (float)code;
      if (xl * xl * sums.ll > sums.xl * sums.xl * ll) {
        codes[i] = (uint8_t)code;
        sums = (Sums){xl, ll};
        changed = true;
      }
    }
    if (!changed) break;
  }
  return sums;
}

float wb_fit_positive(
    size_t count, int limit, const float *x, const float *weights, uint8_t *codes) {
  float peak = 0;
  for (size_t i = 0; i < count; ++i) peak = peak > x[i] ? peak : x[i];
  if (peak < WB_TINY) {
    memset(codes, 0, count);
    return 0;
  }
  float chosen = (float)limit / peak;
  float scale = 1 / chosen, best = 0;
  for (size_t i = 0; i < count; ++i) {
    // The first trial's codes pass through a byte before they are used.
    const float difference = x[i] - scale * (float)(uint8_t)wb_nearest(chosen * x[i]);
    best += weights[i] * difference * difference;
  }
  for (int k = -4; k <= 4; ++k) {
    if (k == 0) continue;
    const float inverse = (0.1f * (float)k + (float)limit) / peak;
    const float trial = 1 / inverse;
    float error = 0;
    for (size_t i = 0; i < count; ++i) {
      const float difference = x[i] - trial * (float)positive_code(inverse, x[i], limit);
      error += weights[i] * difference * difference;
    }
    if (error < best) {
      best = error;
      chosen = inverse;
    }
  }
  Sums sums = {0, 0};
  for (size_t i = 0; i < count; ++i) {
    const int32_t code = positive_code(chosen, x[i], limit);
    codes[i] = (uint8_t)code;
    sums.xl += weights[i] * x[i] * (float)code;
    sums.ll += weights[i] * (float)code * (float)code;
  }
  sums = refine_positive(count, limit, x, weights, codes, sums);
  return sums.ll > 0 ? sums.xl / sums.ll : 0.0f;
}
