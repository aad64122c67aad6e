// The searches of Fits.h, one sub-block a lane.
#pragma STDC FP_CONTRACT OFF

// A rounding to an integer in low ... high, as a float. Values that are known to be below 2^22 skip
// the mask of `nearest`: the clamp then works on the bits of the shifted float.
WB_INLINE vf round_code(vf value, int32_t low, int32_t high, bool careful) {
  if (careful) return to_floats(clamp(nearest(value), low, high));
  const int32_t origin = 0x4b400000;  // the bits of 1.5 · 2^23
  return floats_of(clamp(bits_of(value + 12582912.0f), origin + low, origin + high)) - 12582912.0f;
}

typedef struct {
  vf scale, base;      // x ≈ scale · code + base
  vf inverse, origin;  // code = round(inverse · (x − origin)): the codes of the chosen trial
  vf sum;              // Σ weight
} AffineFit;

typedef struct {
  vf scale, base, error;
  vi valid;
} Trial;

// `count`, `limit`, `absolute` and `careful` are constants at each place of use.
WB_INLINE Trial affine_trial(
    size_t count, int32_t limit, const vf *x, const vf *weights, vf sum_w, vf sum_x, vf inverse,
    vf origin, bool absolute, bool careful) {
  vf codes[32];
  vf sum_l = 0, sum_l2 = 0, sum_xl = 0;
  for (size_t i = 0; i < count; ++i) {
    const vf code = round_code(inverse * (x[i] - origin), 0, limit, careful);
    codes[i] = code;
    const vf weighted = weights[i] * code;
    sum_l += weighted;
    sum_l2 += weighted * code;
    sum_xl += weighted * x[i];
  }
  Trial trial;
  const vf determinant = sum_w * sum_l2 - sum_l * sum_l;
  trial.valid = determinant > 0.0f;
  trial.scale = (sum_w * sum_xl - sum_x * sum_l) / determinant;
  trial.base = (sum_l2 * sum_x - sum_l * sum_xl) / determinant;
  const vi positive = trial.base > 0.0f;
  trial.scale = positive ? sum_xl / sum_l2 : trial.scale;
  trial.base = positive ? (vf)0.0f : trial.base;
  trial.error = 0;
  for (size_t i = 0; i < count; ++i) {
    const vf difference = trial.scale * codes[i] + trial.base - x[i];
    trial.error += weights[i] * (absolute ? magnitude(difference) : difference * difference);
  }
  return trial;
}

#define FIT_INLINE static __attribute__((always_inline)) inline

FIT_INLINE AffineFit
fit_affine(size_t count, int32_t limit, const vf *x, const vf *weights, const wb_search search) {
  vf low = x[0], high = x[0], sum_w = weights[0], sum_x = weights[0] * x[0];
  for (size_t i = 1; i < count; ++i) {
    low = x[i] < low ? x[i] : low;
    high = x[i] > high ? x[i] : high;
    sum_w += weights[i];
    sum_x += weights[i] * x[i];
  }
  const vf least = low;
  low = low > 0.0f ? (vf)0.0f : low;
  const vi flat = high <= low;
  const vi unusual = (sum_x - sum_x != 0.0f);  // NaN or infinity among the elements
  const bool careful = any(unusual);
  // A flat lane stays at its first fit; a span of 1 keeps its unused numbers tame.
  vf inverse = (float)limit / (flat ? (vf)1.0f : high - low);
  AffineFit fit = {.scale = 1.0f / inverse, .base = low, .inverse = inverse, .origin = low};
  const float reach = 4.0e6f;  // below 2^22
  vf best = 0;
  for (size_t i = 0; i < count; ++i) {
    const vf value = inverse * (x[i] - low);
    const vf code = round_code(value, 0, limit, true);
    const vf difference = fit.scale * code + low - x[i];
    best += weights[i] * (search.absolute ? magnitude(difference) : difference * difference);
  }
  for (int k = 0; k <= search.last; ++k) {
    const float levels = search.start + search.step * (float)k + (float)limit;
    inverse = levels / (flat ? (vf)1.0f : high - fit.base);
    const vf above = magnitude(inverse * (high - fit.base));
    const vf below = magnitude(inverse * (least - fit.base));
    const vi tame = (above <= reach) & (below <= reach);
    Trial trial;
    if (__builtin_expect(careful || any(~tame), 0)) {
      trial = affine_trial(
          count, limit, x, weights, sum_w, sum_x, inverse, fit.base, search.absolute, true);
    } else {
      trial = affine_trial(
          count, limit, x, weights, sum_w, sum_x, inverse, fit.base, search.absolute, false);
    }
    const vi better = trial.valid & (trial.error < best) & ~flat;
    best = better ? trial.error : best;
    fit.inverse = better ? inverse : fit.inverse;
    fit.origin = better ? fit.base : fit.origin;
    fit.scale = better ? trial.scale : fit.scale;
    fit.base = better ? trial.base : fit.base;
  }
  fit.scale = flat ? (vf)0.0f : fit.scale;
  fit.inverse = flat ? (vf)0.0f : fit.inverse;  // round(0 · (x − low)) = 0
  fit.sum = sum_w;
  return fit;
}

typedef struct {
  vf scale, inverse;  // x ≈ scale · round(inverse · x)
} SymmetricFit;

FIT_INLINE SymmetricFit
fit_symmetric(size_t count, int32_t limit, const vf *x, const vf *weights, bool squared) {
  vf peak = 0, largest = 0, poison = 0;
  for (size_t i = 0; i < count; ++i) {
    const vi further = magnitude(x[i]) > largest;
    largest = further ? magnitude(x[i]) : largest;
    peak = further ? x[i] : peak;
    poison += x[i] - x[i];
  }
  const vi flat = largest < WB_TINY;
  peak = flat ? (vf)1.0f : peak;
  // |inverse · x| is at most limit + 1, unless something is not a number.
  const bool careful = any(poison != 0.0f);
  vf weighted[32];
  for (size_t i = 0; i < count; ++i) {
    weighted[i] = (squared ? x[i] * x[i] : weights[i]) * x[i];
  }
  SymmetricFit fit = {0, 0};
  vf best = 0;
  for (int k = 0; k <= 18; ++k) {
    // The plain scale first, then −9 … −1, 1 … 9 tenths of a level around it.
    const int tenths = k == 0 ? 0 : k <= 9 ? k - 10 : k - 9;
    const vf inverse = -((float)limit + 0.1f * (float)tenths) / peak;
    vf xl = 0, ll = 0;
    if (__builtin_expect(careful, 0)) {
      for (size_t i = 0; i < count; ++i) {
        const vf code = round_code(inverse * x[i], -limit, limit - 1, true);
        xl += weighted[i] * code;
        ll += (squared ? x[i] * x[i] : weights[i]) * code * code;
      }
    } else {
      for (size_t i = 0; i < count; ++i) {
        const vf code = round_code(inverse * x[i], -limit, limit - 1, false);
        xl += weighted[i] * code;
        ll += (squared ? x[i] * x[i] : weights[i]) * code * code;
      }
    }
    if (k == 0) {
      fit.inverse = inverse;
      fit.scale = ll != 0.0f ? xl / ll : (vf)0.0f;
      best = fit.scale * xl;
      continue;
    }
    const vi better = (ll > 0.0f) & (xl * xl > best * ll);
    const vf scale = xl / ll;
    fit.inverse = better ? inverse : fit.inverse;
    fit.scale = better ? scale : fit.scale;
    best = better ? scale * xl : best;
  }
  fit.scale = flat ? (vf)0.0f : fit.scale;
  fit.inverse = flat ? (vf)NAN : fit.inverse;
  return fit;
}

// What is added to the codes of a symmetric fit. A flat lane, marked by an inverse that is not a
// number, has the code 0 itself, not the middle code; `nearest` makes 0 of its products.
WB_INLINE int32_t code_offset(float inverse, int32_t limit) {
  return inverse == inverse ? limit : 0;
}

// Each lane a super-block: its `count` scales or minimums. `codes` receives bytes in integers.
FIT_INLINE vf fit_positive(size_t count, int32_t limit, const vf *x, const vf *weights, vi *codes) {
  vf peak = 0;
  for (size_t i = 0; i < count; ++i) peak = peak > x[i] ? peak : x[i];
  const vi flat = peak < WB_TINY;
  peak = flat ? (vf)1.0f : peak;
  vf chosen = (float)limit / peak;
  vf scale = 1.0f / chosen, best = 0;
  for (size_t i = 0; i < count; ++i) {
    const vf difference = x[i] - scale * to_floats(nearest(chosen * x[i]) & 255);
    best += weights[i] * difference * difference;
  }
  for (int k = -4; k <= 4; ++k) {
    if (k == 0) continue;
    const vf inverse = (0.1f * (float)k + (float)limit) / peak;
    const vf trial = 1.0f / inverse;
    vf error = 0;
    for (size_t i = 0; i < count; ++i) {
      const vi code = __builtin_elementwise_min(nearest(inverse * x[i]), (vi)limit);
      const vf difference = x[i] - trial * to_floats(code);
      error += weights[i] * difference * difference;
    }
    const vi better = error < best;
    best = better ? error : best;
    chosen = better ? inverse : chosen;
  }
  vf xl = 0, ll = 0;
  for (size_t i = 0; i < count; ++i) {
    const vi code = __builtin_elementwise_min(nearest(chosen * x[i]), (vi)limit);
    codes[i] = code & 255;
    xl += weights[i] * x[i] * to_floats(code);
    ll += weights[i] * to_floats(code) * to_floats(code);
  }
  for (int round = 0; round < 5; ++round) {
    vi changed = 0;
    for (size_t i = 0; i < count; ++i) {
      const vf old = to_floats(codes[i]);
      const vf wx = weights[i] * x[i];
      const vf xl_rest = xl - wx * old, ll_rest = ll - weights[i] * old * old;
      const vi code = __builtin_elementwise_min(nearest(x[i] * ll_rest / xl_rest), (vi)limit);
      const vf new = to_floats(code);
      const vf xl_new = xl_rest + wx * new, ll_new = ll_rest + weights[i] * new *new;
      const vi better = (xl_rest > 0.0f) & (ll_rest > 0.0f) & (code != codes[i])
                        & (xl_new * xl_new * ll > xl * xl * ll_new);
      codes[i] = better ? code & 255 : codes[i];
      xl = better ? xl_new : xl;
      ll = better ? ll_new : ll;
      changed |= better;
    }
    if (!any(changed)) break;
  }
  for (size_t i = 0; i < count; ++i) codes[i] = flat ? (vi)0 : codes[i];
  return (~flat & (ll > 0.0f)) ? xl / ll : (vf)0.0f;
}
